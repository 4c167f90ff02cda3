// All that a configuration says, complete and consistent: what the daemon and smarthostctl work with.

public import MailCore

/// A configuration that was found good.
public struct Configuration: Sendable {
    public let daemon: DaemonSettings
    /// In the order of the file. Templates, which only lend their settings, are not among them.
    public let accounts: [Account]
    /// The account for mail whose sender chooses none; nil where the file defines several and none of them
    /// is called default.
    public let defaultAccount: Account?
    public let dkim: [SigningSettings]
    /// What was recognised but is not acted on, and what is probably not meant.
    public let warnings: [Diagnostic]
    /// The file that was read; nil for the embedded default.
    public let file: String?
}

extension Configuration {
    /// The account for mail from that reverse-path: the first whose `from` matches, else the default.
    public func account(for reversePath: ReversePath) throws(AccountSelectionFailure) -> Account {
        if let account = accounts.first(where: { $0.sender.address?.matches(reversePath) == true }) {
            return account
        }
        guard let defaultAccount else {
            throw AccountSelectionFailure(
                text:
                    "no account of \(file ?? "the configuration") is for mail from <\(reversePath)> and none is "
                    + "called default; add `account default : \(accounts.first?.name ?? "NAME")`")
        }
        return defaultAccount
    }

    public func account(named name: String) -> Account? { accounts.first { $0.name == name } }
}

/// No account is there for a message; the text says what to configure.
public struct AccountSelectionFailure: Error, Equatable, CustomStringConvertible {
    public let text: String
    public var description: String { text }
}
