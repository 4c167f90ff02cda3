// A delivery department of the test's own: loop, spool, courier and scheduler, in a temporary folder, with
// a configuration from text and a clock that the test sets.
import Delivery
import LinuxIO
import MailCore
import MailLog
import Maildir
import SMTPClient
import Signing
import SmarthostConfiguration
import Spool
import Synchronization
import TestSupport

@testable import Delivery

struct Station: Sendable {
    let folder: TemporaryFolder
    let loop: EventLoop
    let spool: FaultySpool
    let courier: Courier
    let keys: SigningKeys
    let configuration: Configuration
    let scheduler: Scheduler
    let pool: RelayPool
    let events: Collector<LogEvent>
    let clock: Clock

    /// Lines that the log would have.
    var log: [String] { events.values.map(\.line) }

    /// Runs the body as a task on a loop with everything that delivery needs.
    static func run<Value: Sendable>(
        _ accounts: String, attemptsPerAccount: Int = 4, dkim: [SigningSettings] = [],
        missing: MissingKeyPolicy? = nil,
        _ body: @escaping @Sendable (Station) async throws -> Value
    ) async throws -> Value {
        let loop = try EventLoop()
        let station = try Station(parsedConfiguration(accounts), attemptsPerAccount, dkim, missing, loop)
        let task = loop.spawn { () -> Result<Value, any Error> in
            let result: Result<Value, any Error>
            do { result = .success(try await body(station)) } catch { result = .failure(error) }
            await station.scheduler.finish(until: .after(.seconds(20)))
            await station.pool.close()
            await station.spool.close()
            return result
        }
        let thread = try Thread(named: "loop") { loop.run() }
        let result = await task.value
        loop.stop()
        thread.join()
        return try result.get()
    }

    private init(
        _ configuration: Configuration, _ attemptsPerAccount: Int, _ dkim: [SigningSettings],
        _ missing: MissingKeyPolicy?, _ loop: EventLoop
    ) throws {
        let folder = try TemporaryFolder()
        let events = Collector<LogEvent>()
        let clock = Clock()
        let workers = try WorkerPool(threads: 2, named: "worker")
        let spool = FaultySpool(try SQLiteSpool.open(directory: folder.file("spool")))
        let credentials = AccountCredentials(
            configuration,
            Passwords(workers: workers) { source throws(PasswordProblem) in throw PasswordProblem("\(source)")
            })
        let pool = RelayPool(RelayConnector(on: loop, workers: workers, credentials: credentials))
        let ring = try KeyRing(
            configuration.dkim + dkim, missing: missing ?? configuration.daemon.missingKeyPolicy
        ) { _ throws(KeyProblem) in testKey() }
        let keys = SigningKeys(ring)
        let courier = Courier(
            configuration, spool: spool, keys: keys, pool: pool, credentials: credentials,
            maildirs: MaildirNames(host: "test", processID: 1, clock: { clock.now }), workers: workers,
            now: { clock.now }, log: { events.add($0) })
        self.folder = folder
        self.loop = loop
        self.spool = spool
        self.courier = courier
        self.keys = keys
        self.configuration = configuration
        self.pool = pool
        self.events = events
        self.clock = clock
        scheduler = Scheduler(
            courier, spool: spool, plan: RetryPlan([.seconds(60), .seconds(300)]),
            attemptsPerAccount: attemptsPerAccount, loop: loop, patience: .milliseconds(20),
            now: { clock.now },
            log: { events.add($0) })
    }

    /// What DKIMSELECTOR, DKIMDOMAIN and DKIMKEYFILE say.
    static func environmentSigning() throws -> [SigningSettings] {
        let variables = ["DKIMSELECTOR": "s1", "DKIMDOMAIN": "example.org", "DKIMKEYFILE": "/keys/org"]
        return try parsedConfiguration("account default\nhost a\n", environment: variables).dkim
    }

    /// A message in the spool.
    @discardableResult
    func store(
        _ recipients: [String] = ["bob@example.net"], from author: String? = "ann@example.org",
        header: String = "", body: [UInt8] = Array("hello\r\n".utf8), is8Bit: Bool = false,
        hasLongLines: Bool = false, due: Int64? = nil, account: String = "default"
    ) async throws -> QueueID {
        let field = author.map { "From: \($0)\r\n" } ?? ""
        let envelope = Envelope(
            reversePath: .address(EmailAddress(localPart: "ann", domain: "example.org")),
            recipients: recipients.compactMap { try? AddressList(parsing: $0.utf8).addresses.first })
        let draft = spool.makeDraft()
        try await draft.append(body)
        return try await spool.store(
            NewMessage(
                header: Array("\(field)Subject: test\r\n\(header)".utf8), envelope: envelope,
                account: account,
                submitter: Submitter(
                    userID: 0, groupID: 0, processID: nil, userName: "root", source: "test"),
                arrival: clock.now, is8Bit: is8Bit, hasLongLines: hasLongLines, due: due ?? clock.now),
            body: draft)
    }

    /// Looks again whenever other tasks have run.
    func until(_ what: String, _ holds: () async throws -> Bool) async throws {
        let deadline = Deadline.after(.seconds(20))
        while !(try await holds()) {
            if deadline.hasPassed { throw TestFailure("waited in vain until \(what); the log: \(log)") }
            await Alarm(on: loop).sleep(until: .after(.milliseconds(2)))
        }
    }

    func start() { loop.spawn { await self.scheduler.run() } }
}

/// Milliseconds since 1970, as the test says.
final class Clock: Sendable {
    private let moment = Mutex<Int64>(1_700_000_000_000)

    var now: Int64 {
        get { moment.withLock { $0 } }
        set { moment.withLock { $0 = newValue } }
    }
}
