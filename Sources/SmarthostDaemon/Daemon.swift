// Puts the modules together and runs them: work, idle exit, orderly end. Starting is in Start.swift.
import Delivery
import LinuxIO
import MailLog
import SMTPClient
import Signing
import SmarthostConfiguration
import Spool
import Submission
import Systemd

/// The running daemon. Everything here happens on the loop's thread.
struct Daemon {
    let configuration: Configuration
    let loop: EventLoop
    let log: DaemonLog
    let spool: SQLiteSpool
    let scheduler: Scheduler
    let rotator: KeyRotator
    let pool: RelayPool
    let server: SubmissionServer
    let signals: SignalSource
    /// Whether systemd owns the sockets, and so starts the daemon again when somebody comes.
    let isSocketActivated: Bool

    /// How long submissions and attempts that have begun may take once the daemon is to end.
    private static let submissionGrace: Duration = .seconds(10)
    private static let deliveryGrace: Duration = .seconds(30)

    /// Works until a signal or idleness ends it.
    func run() async {
        server.start()
        loop.spawn { await scheduler.run() }
        loop.spawn { await rotator.run() }
        ServiceManager.notify("READY=1")
        let end = Alarm(on: loop)
        loop.spawn { await awaitSignal(end) }
        await keepHouse(until: end)
        await shutDown()
    }

    /// SIGTERM and SIGINT end the daemon, a second one at once; SIGHUP is what terminals send when they close.
    private func awaitSignal(_ end: Alarm) async {
        var isEnding = false
        while let signal = await signals.next() {
            if signal == .hangUp {
                log.write(
                    LogEvent(.notice, "signal ignored: restart the daemon to read its configuration again"))
                continue
            }
            if isEnding { exitProcess(0) }
            isEnding = true
            end.ring()
        }
    }

    /// Tells the service manager how it goes, until it is time to end.
    private func keepHouse(until end: Alarm) async {
        let tick = Self.tick(
            watchdog: ServiceManager.watchdogInterval, idleExit: configuration.daemon.idleExit)
        while await !end.sleep(until: .after(tick)) {
            let waiting = (try? await spool.count()) ?? 0
            ServiceManager.notify(
                "WATCHDOG=1\nSTATUS=\(waiting) in the queue, \(scheduler.attemptsUnderWay) being tried")
            if await isIdle() {
                log.write(LogEvent(.info, "idle, nothing waits: ending"))
                return
            }
        }
    }

    private static func tick(watchdog: Duration?, idleExit: Duration?) -> Duration {
        let shortest = [.seconds(10), watchdog, idleExit.map { $0 / 4 }].compactMap(\.self).min()
        return max(shortest ?? .seconds(10), .milliseconds(100))
    }

    private func isIdle() async -> Bool {
        guard isSocketActivated, let limit = configuration.daemon.idleExit else { return false }
        guard server.activeConnections == 0, scheduler.attemptsUnderWay == 0 else { return false }
        let idle = Duration.nanoseconds(Int64(clamping: monotonicNanoseconds() - server.lastActivity))
        guard idle >= limit else { return false }
        do throws(SpoolFailure) {
            return try await spool.nextDue() == nil
        } catch {
            return false  // what cannot be looked at may hold mail
        }
    }

    private func shutDown() async {
        ServiceManager.notify("STOPPING=1\nSTATUS=finishing what was accepted")
        await server.finish(until: .after(Self.submissionGrace))
        let deadline = Deadline.after(Self.deliveryGrace)
        await scheduler.drain(until: deadline)
        await scheduler.finish(until: deadline)
        rotator.finish()
        await pool.close()
        await spool.close()
        log.write(LogEvent(.info, "ended"))
        loop.stop()
    }
}
