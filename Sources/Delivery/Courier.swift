// One attempt for one message: account, session, signature, transmission. It never fails as a whole: what
// became of each recipient is the result.
public import LinuxIO
internal import MailCore
public import MailLog
public import Maildir
public import SMTPClient
public import Signing
public import SmarthostConfiguration
public import Spool

/// Carries messages to where their account says.
public struct Courier: Sendable {
    let configuration: Configuration
    let spool: any Spool
    let keys: SigningKeys
    let pool: RelayPool
    let credentials: AccountCredentials
    let maildirs: MaildirNames
    let workers: WorkerPool
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int64
    let log: LogSink

    public init(
        _ configuration: Configuration, spool: any Spool, keys: SigningKeys, pool: RelayPool,
        credentials: AccountCredentials, maildirs: MaildirNames, workers: WorkerPool,
        now: @escaping @Sendable () -> Int64, log: @escaping LogSink
    ) {
        self.configuration = configuration
        self.spool = spool
        self.keys = keys
        self.pool = pool
        self.credentials = credentials
        self.maildirs = maildirs
        self.workers = workers
        self.now = now
        self.log = log
    }

    /// Tries the recipients that are pending, in their order.
    func deliver(_ message: QueuedMessage) async -> [RecipientResult] {
        let recipients = message.pending.map(\.address)
        do throws(DeliveryFailure) {
            let account = try account(for: message)
            let envelope = Envelope(reversePath: message.reversePath, recipients: recipients)
            return switch account.route {
            case .maildir(let path): try await store(message, envelope, account, in: path)
            case .relay(let relay): try await send(message, envelope, account, to: relay)
            }
        } catch {
            return fail(message, error)
        }
    }

    /// The same failure for all that are pending.
    func fail(_ message: QueuedMessage, _ failure: DeliveryFailure) -> [RecipientResult] {
        let results = message.pending.map { RecipientResult($0.address, failure) }
        for result in results { log(Self.event(message, result, message.account)) }
        return results
    }

    func sign(
        _ message: QueuedMessage, to envelope: Envelope, by rules: SigningRules
    ) async throws(DeliveryFailure) -> SignedMessage {
        try await SignedMessage(
            message, to: envelope, by: rules, from: spool, with: keys, on: workers, at: now() / 1000)
    }

    /// The account it was accepted for, or, where the configuration has that one no more, the one that its
    /// sender chooses now.
    private func account(for message: QueuedMessage) throws(DeliveryFailure) -> Account {
        if let account = configuration.account(named: message.account) { return account }
        do throws(AccountSelectionFailure) {
            return try configuration.account(for: message.reversePath)
        } catch {
            throw DeliveryFailure(.transient, .message, .configuration, error.text)
        }
    }
}
