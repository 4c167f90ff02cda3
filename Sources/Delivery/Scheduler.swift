// Whose turn it is: asks the spool for what is due, starts attempts, a bounded number at a time, and writes
// down how they ended. The queue itself is in the spool; here are only the messages under way.
public import LinuxIO
public import MailCore
public import MailLog
public import Spool

/// Drives the queue.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class Scheduler: @unchecked Sendable {
    private let courier: Courier
    private let spool: any Spool
    private let plan: RetryPlan
    private let maximumAttempts: Int
    private let loop: EventLoop
    private let now: @Sendable () -> Int64
    private let log: LogSink

    /// Rung when there may be something to start.
    private let alarm: Alarm
    /// Rung when an attempt has ended.
    private let ended: Alarm
    private var underWay: Set<QueueID> = []
    private var isStopping = false

    /// The wall clock can be set: no sleep until a moment on it is longer than this.
    private static let longestSleep: Int64 = 60_000
    private let patience: Duration

    /// `maximumAttempts` is how many messages are tried at a time, `patience` how long to wait before the
    /// spool is asked again after it failed.
    public init(
        _ courier: Courier, spool: any Spool, plan: RetryPlan, maximumAttempts: Int, loop: EventLoop,
        patience: Duration = .seconds(5), now: @escaping @Sendable () -> Int64, log: @escaping LogSink
    ) {
        self.patience = patience
        self.courier = courier
        self.spool = spool
        self.plan = plan
        self.maximumAttempts = maximumAttempts
        self.loop = loop
        self.now = now
        self.log = log
        alarm = Alarm(on: loop)
        ended = Alarm(on: loop)
    }

    /// Messages that are being tried.
    public var attemptsUnderWay: Int { underWay.count }

    /// Something became due.
    public func wake() { alarm.ring() }

    /// Works until `finish`.
    public func run() async {
        while !isStopping {
            do throws(SpoolFailure) {
                try await startWhatIsDue()
                await alarm.sleep(until: try await nextLook())
            } catch {
                log(LogEvent(.error, "the queue cannot be read", [("reason", error.description)]))
                await alarm.sleep(until: .after(patience))
            }
        }
    }

    /// Starts nothing more and waits for the attempts that are under way, at most until the deadline.
    public func finish(until deadline: Deadline) async {
        isStopping = true
        alarm.ring()
        while !underWay.isEmpty, !deadline.hasPassed { await ended.sleep(until: deadline) }
    }

    /// Tries everything that is due once more before the end, at most until the deadline: a container that
    /// stops may not start again on this spool.
    public func drain(until deadline: Deadline) async {
        while !deadline.hasPassed {
            guard let due = try? await spool.due(at: now(), limit: maximumAttempts, excluding: underWay)
            else { return }
            if due.isEmpty && underWay.isEmpty { return }
            // Callers of `deliverNow` are not counted when they come, so there may be less than no room.
            for id in due.prefix(max(0, maximumAttempts - underWay.count)) { start(id) }
            await ended.sleep(until: deadline)
        }
    }

    /// Tries a message at once, whatever its time, and tells what became of each recipient. One of which
    /// only refused recipients are left leaves the queue: whoever asked was told. No results where it is
    /// being tried already, as after a flush.
    public func deliverNow(_ id: QueueID) async -> [RecipientResult] {
        guard underWay.insert(id).inserted else { return [] }
        defer { leave(id) }
        do throws(SpoolFailure) {
            let (results, remaining) = try await attempt(id)
            if let remaining, remaining.pending == 0, remaining.failed > 0 { try await spool.remove(id) }
            return results
        } catch {
            log(LogEvent(.error, "not tried", [("id", "\(id)"), ("reason", error.description)]))
            return []
        }
    }

    /// Makes what waits due now, one message or all; how many that were.
    public func flush(_ id: QueueID?) async throws(SpoolFailure) -> Int {
        let count = try await spool.makeDue(id.map { .message($0) } ?? .all, at: now())
        wake()
        return count
    }

    private func startWhatIsDue() async throws(SpoolFailure) {
        let room = maximumAttempts - underWay.count
        guard room > 0, !isStopping else { return }
        for id in try await spool.due(at: now(), limit: room, excluding: underWay) { start(id) }
    }

    private func start(_ id: QueueID) {
        guard underWay.insert(id).inserted else { return }
        loop.spawn { [self] in
            do throws(SpoolFailure) {
                // Another attempt may have ended since the spool was asked what is due.
                if let due = try await spool.message(id)?.due, due <= now() { try await attempt(id) }
            } catch {
                log(LogEvent(.error, "not tried", [("id", "\(id)"), ("reason", error.description)]))
                await postpone(id)
            }
            leave(id)
        }
    }

    /// One attempt for a message that is under way already, as it stands now.
    @discardableResult
    private func attempt(
        _ id: QueueID
    ) async throws(SpoolFailure) -> (results: [RecipientResult], remaining: Remaining?) {
        guard let message = try await spool.message(id) else { throw .noSuchMessage(id) }
        if message.pending.isEmpty { return ([], nil) }
        let results = await courier.deliver(message)
        return (results, await record(results, of: message))
    }

    /// A message that cannot be read must not be asked for again and again.
    private func postpone(_ id: QueueID) async {
        let next = plan.nextAttempt(after: .max, at: now(), spread: 0)
        if (try? await spool.record([], for: id, nextAttempt: next)) == nil {
            await Alarm(on: loop).sleep(until: .after(patience))
        }
    }

    private func leave(_ id: QueueID) {
        underWay.remove(id)
        ended.ring()
        alarm.ring()
    }

    private func nextLook() async throws(SpoolFailure) -> Deadline {
        if underWay.count >= maximumAttempts { return .never }
        guard let next = try await spool.nextDue(excluding: underWay) else { return .never }
        return .after(.milliseconds(min(max(next - now(), 0), Self.longestSleep)))
    }

    /// Writes the outcome down. Until that succeeds the message stays under way, so that nobody who got it
    /// gets it again; nil where the daemon stops first.
    @discardableResult
    private func record(_ results: [RecipientResult], of message: QueuedMessage) async -> Remaining? {
        let outcomes = zip(message.pending, results).map { recipient, result in
            RecipientOutcome(recipient: recipient.index, result.forSpool)
        }
        let attempts = message.attempts + 1
        while true {
            do throws(SpoolFailure) {
                let next =
                    Self.isHalfway(results)
                    ? now() : plan.nextAttempt(after: attempts, at: now(), spread: Double.random(in: 0...1))
                return try await spool.record(outcomes, for: message.id, nextAttempt: next)
            } catch {
                log(
                    LogEvent(
                        .error, "outcome not written down",
                        [("id", "\(message.id)"), ("reason", error.description)]))
                if isStopping || error == .closed || error == .noSuchMessage(message.id) { return nil }
                await Alarm(on: loop).sleep(until: .after(patience))
            }
        }
    }

    /// The relay took as many recipients as it takes at a time (4.5.3); the others come in the next
    /// transaction, at once (RFC 5321 4.5.3.1.10).
    private static func isHalfway(_ results: [RecipientResult]) -> Bool {
        let deferred = results.compactMap(\.failure).filter { $0.disposition == .transient }
        let tooMany = EnhancedStatusCode(4, 5, 3)
        return !deferred.isEmpty && results.contains { $0.failure == nil }
            && deferred.allSatisfy { $0.enhanced == tooMany }
    }
}

extension RecipientResult {
    fileprivate var forSpool: RecipientOutcome.Result {
        switch outcome {
        case .delivered: .delivered
        case .deferred(let failure): .deferred(failure)
        case .failed(let failure): .failed(failure)
        }
    }
}
