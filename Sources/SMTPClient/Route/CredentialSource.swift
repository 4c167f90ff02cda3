// Where passwords and tokens come from when a session logs in. Routes do not hold them, so that a key of the
// pool, a log line or an error never can.
public import MailCore
public import SASL

/// Whoever has the secrets: a configuration, a file, a command's output, an OAuth server.
public protocol CredentialSource: Sendable {
    /// What to log in with, asked for by each new session; on the loop's thread.
    func credentials(for login: Login) async throws(DeliveryFailure) -> SASLCredentials

    /// The relay refused these: newer ones, where there are any that are worth a second try, else nil. Asked
    /// for once in a session.
    func renewed(_ refused: SASLCredentials, for login: Login) async -> SASLCredentials?
}

extension CredentialSource {
    public func renewed(_ refused: SASLCredentials, for login: Login) async -> SASLCredentials? { nil }
}

/// The source for relays that ask for no login.
public struct NoCredentials: CredentialSource {
    public init() {}

    public func credentials(for login: Login) async throws(DeliveryFailure) -> SASLCredentials {
        throw DeliveryFailure(
            .transient, .relay, .authentication,
            "account \(login.account) has no password for user \(login.user): set password or passwordeval")
    }
}
