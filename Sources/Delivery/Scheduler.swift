// Whose turn it is: asks the spool for what is due, starts attempts, a bounded number for each account, and
// writes down how they ended. The queue itself is in the spool; here are only the messages under way.
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
    private let attemptsPerAccount: Int
    private let loop: EventLoop
    private let now: @Sendable () -> Int64
    private let log: LogSink

    /// Rung when there may be something to start.
    private let alarm: Alarm
    /// Rung when an attempt has ended.
    private let ended: Alarm
    private var underWay: Set<QueueID> = []
    private var gates: AccountGates
    private var isStopping = false

    /// The wall clock can be set: no sleep until a moment on it is longer than this.
    private static let longestSleep: Int64 = 60_000
    /// The first hold-off of an account whose relay failed, where the first pause of `retry` is not shorter.
    private static let holdOff: Int64 = 5_000
    /// How long a caller waits for its turn.
    private static let callersPatience: Int64 = 5_000
    private let patience: Duration

    /// `attemptsPerAccount` is how many of an account's messages are tried at a time where it has no
    /// `max_connections` of its own, not counting those that callers wait for; `patience` how long to wait before the spool is asked again after it failed.
    public init(
        _ courier: Courier, spool: any Spool, plan: RetryPlan, attemptsPerAccount: Int, loop: EventLoop,
        patience: Duration = .seconds(5), now: @escaping @Sendable () -> Int64, log: @escaping LogSink
    ) {
        self.patience = patience
        self.courier = courier
        self.spool = spool
        self.plan = plan
        self.attemptsPerAccount = attemptsPerAccount
        gates = AccountGates(firstPause: min(Self.holdOff, plan.firstPause)) { account in
            courier.configuration.allowance(of: account, places: attemptsPerAccount)
        }
        self.loop = loop
        self.now = now
        self.log = log
        alarm = Alarm(on: loop)
        ended = Alarm(on: loop)
    }

    /// Messages that are being tried.
    public var attemptsUnderWay: Int { underWay.count }

    /// How each account stands and what it waits for, a few lines each. `format` shows a moment in
    /// milliseconds since 1970.
    public func report(_ format: (Int64) -> String) -> String {
        courier.configuration.accounts.map { account in
            AccountReport(account, gates[account.name], courier, at: now()).text(format)
        }.joined()
    }

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

    /// Starts nothing more and waits for the attempts that are under way, at most until the deadline. What
    /// is under way then may have reached the relay, but that will not be written down.
    public func finish(until deadline: Deadline) async {
        isStopping = true
        alarm.ring()
        while !underWay.isEmpty, !deadline.hasPassed { await ended.sleep(until: deadline) }
        for id in underWay.sorted() { logUnfinished(id, "the daemon ends before this attempt does") }
    }

    /// Tries everything that is due once more before the end, at most until the deadline: a container that
    /// stops may not start again on this spool. What its account's hold keeps back stays.
    public func drain(until deadline: Deadline) async {
        while !deadline.hasPassed {
            guard (try? await startWhatIsDue()) != nil, !underWay.isEmpty else { return }
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
            guard let message = try await spool.message(id) else { throw .noSuchMessage(id) }
            return await attemptForCaller(message)
        } catch {
            logNotTried(id, error.description)
            return []
        }
    }

    /// Makes what waits due now, one message or all; how many that were. Holds of their accounts end.
    public func flush(_ id: QueueID?) async throws(SpoolFailure) -> Int {
        let count = try await spool.makeDue(id.map { .message($0) } ?? .all, at: now())
        if let id {
            if let message = try await spool.message(id) { gates[message.account].endHoldOff() }
        } else {
            gates.endHoldOff()
        }
        wake()
        return count
    }

    private func startWhatIsDue() async throws(SpoolFailure) {
        while !isStopping {
            let due = try await spool.due(
                at: now(), limit: attemptsPerAccount, excluding: underWay, accounts: gates.closed(at: now()))
            if due.isEmpty { return }
            for message in due { start(message) }
        }
    }

    private func start(_ due: DueMessage) {
        guard !isStopping, !underWay.contains(due.id), let pass = gates[due.account].admit(at: now())
        else { return }
        underWay.insert(due.id)
        loop.spawn { [self] in
            await attempt(due.id, pass)
            gates[due.account].leave(pass)
            leave(due.id)
        }
    }

    private func attempt(_ id: QueueID, _ pass: AccountGate.Pass) async {
        do throws(SpoolFailure) {
            // Another attempt may have ended since the spool was asked what is due.
            guard let message = try await spool.message(id), let due = message.due, due <= now() else {
                return
            }
            if message.pending.isEmpty { return await setAside(id) }
            await attempt(message, pass)
        } catch {
            logNotTried(id, error.description)
            await hold(id, until: plan.nextAttempt(after: .max, at: now(), spread: 0))
        }
    }

    private func attemptForCaller(_ message: QueuedMessage) async -> [RecipientResult] {
        if message.pending.isEmpty {
            await setAside(message.id)
            return []
        }
        let results: [RecipientResult]
        let remaining: Remaining?
        do throws(DeliveryFailure) {
            let pass = try await admitCaller(message.account)
            (results, remaining) = await attempt(message, pass)
            gates[message.account].leave(pass)
        } catch {
            results = courier.fail(message, error)
            remaining = await record(results, of: message)
        }
        if let remaining, remaining.pending == 0, remaining.failed > 0 { await remove(message.id) }
        return results
    }

    /// A caller can wait a little for its turn where the account has a rate.
    private func admitCaller(_ account: String) async throws(DeliveryFailure) -> AccountGate.Pass {
        let end = now() + Self.callersPatience
        while let moment = gates[account].rateOpening(after: now()), moment <= end, !isStopping {
            await Alarm(on: loop).sleep(until: .after(.milliseconds(moment - now())))
        }
        return try gates[account].admitCaller(at: now())
    }

    /// One attempt for a message that is under way already, as it stands now.
    @discardableResult
    private func attempt(
        _ message: QueuedMessage, _ pass: AccountGate.Pass
    ) async -> (results: [RecipientResult], remaining: Remaining?) {
        let results = await courier.deliver(message)
        if results.contains(where: { $0.failure == nil }) { gates[message.account].countSent() }
        learn(AccountGate.Finding(results), from: pass, of: message.account)
        return (results, await record(results, of: message))
    }

    private func learn(_ finding: AccountGate.Finding, from pass: AccountGate.Pass, of account: String) {
        switch gates[account].learn(finding, from: pass, at: now()) {
        case .held(let failure, let pause):
            log(
                LogEvent(
                    .warning, "account held",
                    [("account", account), ("pause-ms", "\(pause)"), ("reason", failure.text)]))
        case .released:
            log(LogEvent(.notice, "account released", [("account", account)]))
            wake()
        case .slowed(let failure, let atATime):
            log(
                LogEvent(
                    .warning, "account slowed down",
                    [("account", account), ("at-a-time", "\(atATime)"), ("reason", failure.text)]))
        case nil: break
        }
    }

    /// A message that is due and has nobody to be tried for would be found due again and again.
    private func setAside(_ id: QueueID) async {
        logNotTried(id, "the spool is damaged: it waits for no recipient; look at it and remove it")
        await hold(id, until: nil)
    }

    private func hold(_ id: QueueID, until moment: Int64?) async {
        do throws(SpoolFailure) {
            try await spool.hold(id, until: moment)
        } catch {
            await Alarm(on: loop).sleep(until: .after(patience))
        }
    }

    /// Whoever asked was told; the message that stays behind can only be looked at.
    private func remove(_ id: QueueID) async {
        do throws(SpoolFailure) {
            try await spool.remove(id)
        } catch {
            log(
                LogEvent(
                    .error, "refused message not removed",
                    [("id", "\(id)"), ("reason", error.description)]))
        }
    }

    private func logUnfinished(_ id: QueueID, _ why: String) {
        let reason = "\(why); the relay may have the message already"
        log(LogEvent(.warning, "may be sent again", [("id", "\(id)"), ("reason", reason)]))
    }

    private func logNotTried(_ id: QueueID, _ reason: String) {
        log(LogEvent(.error, "not tried", [("id", "\(id)"), ("reason", reason)]))
    }

    private func leave(_ id: QueueID) {
        underWay.remove(id)
        ended.ring()
        alarm.ring()
    }

    private func nextLook() async throws(SpoolFailure) -> Deadline {
        let moment = now()
        let due = try await spool.nextDue(excluding: underWay, accounts: gates.closed(at: moment))
        let moments = [due, gates.nextOpening(after: moment)].compactMap(\.self)
        guard let next = moments.min() else { return .never }
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
                if error == .noSuchMessage(message.id) { return nil }
                if isStopping || error == .closed {
                    logUnfinished(message.id, "the daemon ends before this outcome is written down")
                    return nil
                }
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
