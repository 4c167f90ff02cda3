// `send`: a test mail straight over an account, past the queue, and what became of it in words. Throws
// CommandFailure. Nothing is stored: what is not sent now is not sent.
internal import DKIMCore
internal import Delivery
internal import LinuxIO
internal import MailCore
internal import Maildir
internal import ProgramEnvironment
internal import SMTPClient
internal import Signing
internal import SmarthostConfiguration

struct SendCommand {
    private let arguments: CommandArguments
    private let context: ControlContext
    private var environment: CommandEnvironment { context.environment }

    init(_ arguments: CommandArguments, _ context: ControlContext) {
        self.arguments = arguments
        self.context = context
    }

    func run() async throws -> Int32 {
        try arguments.require(1...Int.max - 1)
        let configuration = try context.loadConfiguration(arguments["--config"])
        for warning in configuration.warnings { environment.complain("\(warning)") }
        let (account, sender) = try account(of: configuration)
        let envelope = Envelope(reversePath: sender, recipients: try recipients(account))
        let message = TestMessage(
            envelope, account: account, host: hostName, moment: environment.now(),
            utcOffset: Host.utcOffset(at: environment.now()), token: Self.token())
        do throws(DeliveryFailure) {
            let (content, signedBy) = try sign(message, configuration, account.signing)
            let results: [RecipientResult]
            switch account.route {
            case .maildir(let path): results = try await store(envelope, content, in: path)
            case .relay(let relay):
                results = try await transmit(envelope, content, over: relay, account, configuration)
            }
            return SendReport(environment).finish(results, account: account.name, signedBy: signedBy)
        } catch {
            return SendReport(environment).explain(error, recipients: envelope.recipients.count)
        }
    }

    // MARK: Who

    private func account(of configuration: Configuration) throws -> (Account, ReversePath) {
        let sender = try arguments["--from"].map { text throws(CommandFailure) in try Self.sender(text) }
        let account: Account
        if let name = arguments["--account"] {
            guard let named = configuration.account(named: name) else {
                throw CommandFailure(
                    ExitCode.configuration,
                    "there is no account \(name); there are: \(Self.names(of: configuration))")
            }
            account = named
        } else if let sender {
            do throws(AccountSelectionFailure) {
                account = try configuration.account(for: sender)
            } catch {
                throw CommandFailure(ExitCode.configuration, error.text)
            }
        } else if let defaultAccount = configuration.defaultAccount {
            account = defaultAccount
        } else {
            throw CommandFailure(
                ExitCode.configuration,
                "no account is called default; choose one with --account: \(Self.names(of: configuration))")
        }
        return (account, sender ?? ownSender(account))
    }

    /// The account's address, else the user on this host, as for mail that is handed in without a sender.
    private func ownSender(_ account: Account) -> ReversePath {
        let user = context.source.process.userName ?? "uid-\(context.source.process.userID)"
        let domain = account.header.messageIDDomain ?? hostName
        let path = account.sender.address?.reversePath(author: nil, user: user)
        return (path ?? .address(EmailAddress(localPart: user, domain: nil))).qualified(with: domain)
    }

    private static func names(of configuration: Configuration) -> String {
        configuration.accounts.map(\.name).joined(separator: ", ")
    }

    private static func sender(_ text: String) throws(CommandFailure) -> ReversePath {
        do throws(AddressProblem) {
            return try ReversePath(parsing: text.utf8)
        } catch {
            throw CommandFailure(ExitCode.usage, "--from: \(error)")
        }
    }

    private func recipients(_ account: Account) throws(CommandFailure) -> [EmailAddress] {
        var addresses: [EmailAddress] = []
        for word in arguments.words {
            do throws(AddressProblem) {
                addresses.append(try EmailAddress(parsing: word.utf8))
            } catch {
                throw CommandFailure(ExitCode.noUser, "the recipient is no address: \(error)")
            }
        }
        if case .maildir = account.route { return addresses }
        if let bare = addresses.first(where: { $0.domain == nil }) {
            throw CommandFailure(
                ExitCode.noUser,
                "the recipient \"\(bare)\" has no domain, and the relay cannot know whom it means; "
                    + "write \(bare)@ and the domain")
        }
        return addresses
    }

    private var hostName: String { context.source.names.hostName() ?? "localhost" }

    private static func token() -> String { String(UInt64.random(in: 0 ... .max), radix: 36) }

    // MARK: How

    private func sign(
        _ message: TestMessage, _ configuration: Configuration, _ rules: SigningRules
    ) throws(DeliveryFailure) -> (content: [UInt8], signedBy: [String]) {
        let keys: KeyRing
        do throws(KeyProblem) {
            keys = try KeyRing(configuration) { environment.complain("warning: \($0)") }
        } catch {
            throw DeliveryFailure(.transient, .relay, .configuration, error.description)
        }
        let store = KeyStore(spool: configuration.daemon.spoolDirectory)
        let order = MessageToSign(
            message.header, envelope: message.envelope, at: environment.now(),
            skippedFields: rules.skippedFields)
        return try keys.rotated(by: store) { environment.complain("warning: \($0)") }
            .signed(order, body: message.body, rules.choice)
    }

    private func store(
        _ envelope: Envelope, _ content: [UInt8], in path: String
    ) async throws(DeliveryFailure) -> [RecipientResult] {
        let names = MaildirNames(
            host: hostName, processID: Host.processID, clock: { Host.milliseconds })
        let maildir = Maildir(path: path, names: names, workers: context.workers)
        let file = try await maildir.deliver(envelope, content: Self.once(content))
        let reply = Reply(code: 250, text: "stored as \(file)")
        return envelope.recipients.map { RecipientResult($0, .delivered(reply)) }
    }

    private func transmit(
        _ envelope: Envelope, _ content: [UInt8], over relay: Relay, _ account: Account,
        _ configuration: Configuration
    ) async throws(DeliveryFailure) -> [RecipientResult] {
        let hosts = try Hosts(
            relay, of: account, connections: configuration.daemon.maximumConnections)
        let session = try await connector(configuration).open(anyOf: hosts.forImpatience)
        if arguments["--debug"] == nil { SendReport(environment).opened(session, account: account.name) }
        var message = OutgoingMessage(
            envelope, size: content.count, is8Bit: content.contains { $0 >= 0x80 })
        message.notification = NotificationRequest(account.notification)
        let report = await session.deliver(message, content: Self.once(content))
        await session.quit()
        return zip(envelope.recipients, report.outcomes).map { recipient, outcome in
            switch outcome {
            case .delivered(let reply): RecipientResult(recipient, .delivered(reply))
            case .failed(let failure): RecipientResult(recipient, failure)
            }
        }
    }

    private func connector(_ configuration: Configuration) -> RelayConnector {
        let passwords = Passwords.system(workers: context.workers) {
            writeToStandardError("smarthostctl: \($0)\n")
        }
        let dialogue = arguments["--debug"].map { _ in Dialogue(environment) }
        return RelayConnector(
            on: context.loop, workers: context.workers,
            credentials: AccountCredentials(configuration, passwords), identityFiles: readSystemIdentityFile,
            transcript: dialogue.map { dialogue in
                Transcript(showsContent: true) { dialogue.show($0, $1) }
            })
    }

    private static func once(_ content: [UInt8]) -> () async throws(DeliveryFailure) -> [UInt8]? {
        var rest: [UInt8]? = content
        return { () throws(DeliveryFailure) in
            defer { rest = nil }
            return rest
        }
    }
}

/// Prints a dialogue line by line.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
private final class Dialogue: @unchecked Sendable {
    private let environment: CommandEnvironment

    init(_ environment: CommandEnvironment) { self.environment = environment }

    func show(_ direction: Transcript.Direction, _ text: String) {
        let mark =
            switch direction {
            case .sent: "C:"
            case .received: "S:"
            case .note: "--"
            }
        // What cannot be shown is no reason not to send.
        try? environment.print("\(mark) \(text)")
    }
}
