// Starting the daemon: configuration, keys, spool, sockets, in an order in which a second daemon fails
// before it has taken anything from the first. Throws StartFailure, one line for a person.
import Delivery
import LinuxIO
import MailCore
import MailLog
import Maildir
import ProgramEnvironment
import SMTPClient
import Signing
import SmarthostConfiguration
import Spool
import Submission
import Systemd

/// Why the daemon does not start, with the exit code of sysexits.h.
struct StartFailure: Error {
    let exitCode: Int32
    let text: String

    static func configuration(_ text: String) -> StartFailure { StartFailure(exitCode: 78, text: text) }
    static func system(_ text: String) -> StartFailure { StartFailure(exitCode: 71, text: text) }
}

/// Runs the daemon on this thread until it ends; gives the exit code.
func runDaemon(_ options: Options) -> Int32 {
    do throws(StartFailure) {
        let log = try Daemon.system { () throws(SystemError) in try DaemonLog() }
        defer { log.close() }
        let daemon = try Daemon(options, log)
        daemon.loop.spawn { await daemon.run() }
        daemon.loop.run()
        return 0
    } catch {
        writeToStandardError(error.text.split(separator: "\n").map { "smarthostd: \($0)\n" }.joined())
        return error.exitCode
    }
}

extension Daemon {
    init(_ options: Options, _ log: DaemonLog) throws(StartFailure) {
        self.log = log
        let location = ConfigurationLocation.choose(
            argument: options.configurationFile, environment: { environmentValue($0) })
        configuration = try Self.load(location)
        (loop, signals) = try Self.system { () throws(SystemError) in
            let loop = try EventLoop()
            return (loop, try SignalSource(on: loop))
        }
        let sink: LogSink = { [log] in log.write($0) }
        for warning in configuration.warnings { sink(LogEvent(.warning, warning.description)) }
        for problem in configuration.unusableFiles() { sink(LogEvent(.warning, problem)) }
        let keys = SigningKeys(try Self.keys(configuration, sink))
        spool = try Self.spool(configuration.daemon.spoolDirectory, sink)
        let workers = try Self.system { () throws(SystemError) in try WorkerPool(threads: 4, named: "worker")
        }
        // A resolver or a password's command that does not answer holds its thread; mail goes on meanwhile.
        let patient = try Self.system { () throws(SystemError) in try WorkerPool(threads: 4, named: "patient")
        }
        let credentials = AccountCredentials(
            configuration, Passwords.system(workers: patient) { sink(LogEvent(.warning, $0)) })
        pool = RelayPool(
            RelayConnector(
                on: loop, workers: patient, credentials: credentials, identityFiles: readSystemIdentityFile))
        let courier = Courier(
            configuration, spool: spool, keys: keys, pool: pool, credentials: credentials,
            maildirs: MaildirNames(host: Host.name, processID: Host.processID, clock: { Host.milliseconds }),
            workers: workers, now: { Host.milliseconds }, log: sink)
        // Some wait for replies while others sign: a few more than the account has connections.
        scheduler = Scheduler(
            courier, spool: spool, plan: RetryPlan(configuration.daemon.retryPlan),
            attemptsPerAccount: configuration.daemon.maximumConnections * 2, loop: loop,
            now: { Host.milliseconds }, log: sink)
        rotator = KeyRotator(
            keys, store: KeyStore(spool: configuration.daemon.spoolDirectory),
            .system(loop, workers: workers, patient: patient, sink))
        let office = SubmissionOffice(
            configuration, spool: spool, delivery: SchedulerAgent(scheduler: scheduler),
            signing: RotatorAgent(rotator: rotator, keys: keys), loop: loop, workers: workers,
            host: .current, log: sink)
        let sockets = try Self.sockets(configuration.daemon, loop, sink)
        isSocketActivated = sockets.areInherited
        server = SubmissionServer(office, listeners: sockets.listeners)
        sink(startEvent(sockets.names))
    }

    private func startEvent(_ sockets: [String]) -> LogEvent {
        LogEvent(
            .notice, "smarthostd \(Options.version) started",
            [
                ("configuration", configuration.file ?? "none: mail goes into a local Maildir"),
                ("sockets", sockets.joined(separator: " ")), ("spool", configuration.daemon.spoolDirectory),
                ("delivery", configuration.daemon.delivery.rawValue),
            ])
    }

    private static func load(_ location: ConfigurationLocation) throws(StartFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try Configuration.load(location, from: .system())
        } catch {
            throw .configuration(error.description)
        }
    }

    private static func keys(_ configuration: Configuration, _ log: LogSink) throws(StartFailure) -> KeyRing {
        do throws(KeyProblem) {
            return try KeyRing(configuration) { log(LogEvent(.warning, $0)) }
        } catch {
            throw .configuration(error.description)
        }
    }

    private static func spool(_ directory: String, _ log: LogSink) throws(StartFailure) -> SQLiteSpool {
        do throws(SpoolFailure) {
            let spool = try SQLiteSpool.open(directory: directory)
            if spool.removedOrphans > 0 {
                let count = "\(spool.removedOrphans)"
                log(
                    LogEvent(.notice, "removed bodies of messages that were not accepted", [("files", count)])
                )
            }
            return spool
        } catch {
            throw .system(error.description)
        }
    }

    static func system<Value>(_ body: () throws(SystemError) -> Value) throws(StartFailure) -> Value {
        do throws(SystemError) { return try body() } catch { throw .system(error.description) }
    }
}

/// Submission's view of the scheduler.
private struct SchedulerAgent: DeliveryAgent {
    let scheduler: Scheduler

    func messageStored(_ id: QueueID) async { scheduler.wake() }
    func deliverNow(_ id: QueueID) async -> [RecipientResult] { await scheduler.deliverNow(id) }
    func flush(_ id: QueueID?) async throws(SpoolFailure) -> Int { try await scheduler.flush(id) }
    func attemptsUnderWay() async -> Int { scheduler.attemptsUnderWay }
    func accountReport(_ format: @Sendable (Int64) -> String) async -> String { scheduler.report(format) }
}

extension HostFacts {
    /// This machine and its clock.
    static var current: HostFacts {
        HostFacts(
            name: systemHostName(),
            userID: User.effectiveIDs.user,
            version: Options.version, now: { Host.milliseconds }, utcOffset: { Host.utcOffset(at: $0) },
            format: { Host.format($0 / 1000, "%Y-%m-%d %H:%M:%S") },
            uniqueToken: {
                let random = String(UInt64.random(in: 0 ... .max), radix: 36)
                return Host.format(Host.milliseconds / 1000, "%Y%m%d%H%M%S") + "." + random
            })
    }
}
