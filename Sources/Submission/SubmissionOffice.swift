// Where a complete message becomes an accepted one: envelope, header put right, spool, and then the word
// to the caller. All that the connections share. Throws SubmissionFailure.
public import LinuxIO
public import MailCore
public import MailLog
public import SmarthostConfiguration
public import Spool
internal import SubmissionWire

/// What submission needs of the rest of the daemon.
public struct SubmissionOffice: Sendable {
    let configuration: Configuration
    let spool: any Spool
    let delivery: any DeliveryAgent
    let signing: any SigningAgent
    let loop: EventLoop
    let workers: WorkerPool
    let host: HostFacts
    let log: LogSink
    private let access: AccessPolicy
    private let register: CallerRegister

    public init(
        _ configuration: Configuration, spool: any Spool, delivery: any DeliveryAgent,
        signing: any SigningAgent, loop: EventLoop, workers: WorkerPool, host: HostFacts,
        log: @escaping LogSink
    ) {
        self.configuration = configuration
        self.spool = spool
        self.delivery = delivery
        self.signing = signing
        self.loop = loop
        self.workers = workers
        self.host = host
        self.log = log
        access = AccessPolicy(
            users: configuration.daemon.allowedUsers, groups: configuration.daemon.allowedGroups,
            ownUserID: host.userID)
        register = CallerRegister(access, workers)
    }

    func identify(_ credentials: PeerCredentials) async -> (Caller, isPermitted: Bool) {
        await register.identify(credentials)
    }

    func isAdministrator(_ caller: Caller) -> Bool { access.isAdministrator(caller) }

    func beginMessage() -> MessageIntake {
        MessageIntake(spool.makeDraft(), sizeLimit: configuration.daemon.maximumMessageSize)
    }

    /// Stores the message and gives the verdict: at once, or after the relay's answer.
    func accept(
        _ intake: inout MessageIntake, _ request: SubmissionRequest, from caller: Caller
    ) async throws(SubmissionFailure) -> Verdict {
        let (header, body) = try await intake.finish()
        let submission = try AcceptedSubmission(header, request, caller, self)
        let isDirect =
            request.deliveryMode.map { $0 == .direct } ?? (configuration.daemon.delivery == .direct)
        let now = host.now()
        // A direct message is tried at once by its caller's task; the scheduler looks only if that one dies.
        let message = submission.message(
            from: caller, tally: intake.tally, arrival: now, due: isDirect ? now + Self.directTime : now)
        let id: QueueID
        do throws(SpoolFailure) {
            id = try await spool.store(message, body: body)
        } catch {
            throw SubmissionFailure(error)
        }
        logAccepted(id, message, submission.header, caller, intake.tally)
        if isDirect { return DirectVerdict.verdict(for: id, await delivery.deliverNow(id)) }
        await delivery.messageStored(id)
        return Verdict(.ok, Verdict.Status(2, 0, 0), queueID: Array("\(id)".utf8), text: "queued".utf8)
    }

    /// In milliseconds.
    private static let directTime: Int64 = 60_000
}

/// The daemon's other half, as submission sees it.
public protocol DeliveryAgent: Sendable {
    /// A message is in the spool and due.
    func messageStored(_ id: QueueID) async
    /// Tries a stored message now; what became of each recipient. A refused recipient is told to the caller
    /// and leaves the queue, a deferred one stays in it.
    func deliverNow(_ id: QueueID) async -> [RecipientResult]
    /// Makes all that waits due now, or one message; how many messages that concerned.
    func flush(_ id: QueueID?) async throws(SpoolFailure) -> Int
    /// How many messages are being tried.
    func attemptsUnderWay() async -> Int
    /// How each account stands, in lines; `format` shows a moment in milliseconds since 1970.
    func accountReport(_ format: @Sendable (Int64) -> String) async -> String
}

/// What the machine says of itself and of the time; given by the program, so that tests can say otherwise.
public struct HostFacts: Sendable {
    /// The machine's name, for addresses without a domain.
    public var name: String
    /// The daemon's own user.
    public var userID: UInt32
    /// Milliseconds since 1970.
    public var now: @Sendable () -> Int64
    /// Seconds east of UTC at a moment in seconds since 1970.
    public var utcOffset: @Sendable (Int64) -> Int
    /// A moment in milliseconds since 1970 as people here read it.
    public var format: @Sendable (Int64) -> String
    /// Text that no other message has.
    public var uniqueToken: @Sendable () -> String
    /// The program's version.
    public var version: String

    public init(
        name: String, userID: UInt32, version: String, now: @escaping @Sendable () -> Int64,
        utcOffset: @escaping @Sendable (Int64) -> Int, format: @escaping @Sendable (Int64) -> String,
        uniqueToken: @escaping @Sendable () -> String
    ) {
        self.name = name
        self.userID = userID
        self.version = version
        self.now = now
        self.utcOffset = utcOffset
        self.format = format
        self.uniqueToken = uniqueToken
    }
}
