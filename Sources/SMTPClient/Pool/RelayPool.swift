// Sessions kept open and shared: one set for each distinct route. It does what PoolState says; failures
// to open a session are thrown as DeliveryFailure, everything about messages is in the reports.
internal import LinuxIO
public import MailCore

/// The open sessions of all relays.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class RelayPool: @unchecked Sendable {
    private typealias State = PoolState<RelaySession>

    private typealias Waiter = UnsafeContinuation<Result<State.Grant, DeliveryFailure>, Never>

    /// One route's sessions and the tasks that wait for one.
    private struct Entry {
        var state: State
        var waiters: [State.Ticket: Waiter] = [:]

        /// Takes out all who wait, for whom there will be no session.
        mutating func dismissWaiters() -> [Waiter] {
            defer { waiters = [:] }
            state.forgetWaiting()
            return Array(waiters.values)
        }
    }

    private let connector: RelayConnector
    private let limits: PoolLimits
    private var entries: [Route: Entry] = [:]
    var hostOrder = HostOrder()
    private let reaper: Alarm
    private var reaperRuns = false
    private var isClosed = false

    /// The limits hold for each route alone that has none of its own.
    public init(_ connector: RelayConnector, limits: PoolLimits = PoolLimits()) {
        self.connector = connector
        self.limits = limits
        reaper = Alarm(on: connector.loop)
    }

    /// Sends a message over a pooled session or a new one. Where a pooled one turns out to be dead before
    /// the relay has taken notice of the message, a new one takes its place, once.
    ///
    /// `compose` is told what the relay can take and makes the message for it: only then is it known which
    /// bytes are to be signed. What it throws is every recipient's failure. For the content it returns see
    /// ``RelaySession/deliver(_:content:)``.
    public func deliver(
        toRecipients count: Int, over route: Route,
        _ compose: (Capabilities) async throws(DeliveryFailure) -> (OutgoingMessage, ContentSource)
    ) async -> DeliveryReport {
        do throws(DeliveryFailure) {
            let session = try await lease(route)
            let isPooled = session.messages > 0
            let report = try await send(over: session, compose)
            guard isPooled, report.sessionWasDead else { return report }
            return try await send(over: try await lease(route, fresh: true), compose)
        } catch {
            return DeliveryReport(error, recipients: count)
        }
    }

    private func send(
        over session: RelaySession,
        _ compose: (Capabilities) async throws(DeliveryFailure) -> (OutgoingMessage, ContentSource)
    ) async throws(DeliveryFailure) -> DeliveryReport {
        defer { giveBack(session) }
        let (message, content) = try await compose(session.capabilities)
        return await session.deliver(message, content: content)
    }

    /// A session to use alone until it is given back, which must happen. Waits where all are in use;
    /// `fresh` asks for one that nobody used before.
    public func lease(_ route: Route, fresh: Bool = false) async throws(DeliveryFailure) -> RelaySession {
        switch try await grant(for: route, fresh: fresh) {
        case .reuse(let session, let probe):
            if probe ? await session.probe() : await session.isAlive() { return session }
        case .open: break
        }
        do throws(DeliveryFailure) {
            return try await connector.open(route)
        } catch {
            // Whoever waits would be refused too, and providers lock an account after a few wrong passwords.
            if error.phase == .authentication, error.reply != nil { dismissWaiters(of: route, error) }
            update(route) { $0.openingFailed() }
            throw error
        }
    }

    /// Takes a session back, in whatever state it is.
    public func giveBack(_ session: RelaySession) {
        let isReusable = session.isReusable && !isClosed
        update(session.route) {
            $0.giveBack(session, isReusable: isReusable, messages: session.messages, at: now)
        }
        startReaper()
    }

    /// Closes what is idle and refuses whoever waits. Sessions in use are closed when they come back.
    public func close() async {
        isClosed = true
        var idle: [RelaySession] = []
        for route in Array(entries.keys) {
            idle += entries[route]?.state.drain() ?? []
            dismissWaiters(of: route, Self.closed(route))
        }
        reaper.ring()
        for session in idle { await session.quit() }
    }

    /// The sessions of a route: those that are in use or being opened, and the idle ones.
    public func sessions(of route: Route) -> (inUse: Int, idle: Int) {
        guard let state = entries[route]?.state else { return (0, 0) }
        return (state.leasedCount, state.idleCount)
    }

    /// For how long the route's host is left alone, and why.
    public func isLeftAlone(_ route: Route) -> (remaining: Duration, reason: DeliveryFailure)? {
        hostOrder.isLeftAlone(route, at: now)
    }

    /// The sessions that are open and in nobody's use.
    public var idleCount: Int { entries.values.reduce(0) { $0 + $1.state.idleCount } }

    // MARK: What the state says is done

    private func grant(for route: Route, fresh: Bool) async throws(DeliveryFailure) -> State.Grant {
        if isClosed { throw Self.closed(route) }
        var entry = entries[route] ?? Entry(state: State(limits: route.limits ?? limits))
        let answer: State.LeaseAnswer
        if fresh {
            let (fresh, close) = entry.state.leaseFresh()
            answer = fresh
            for session in close { session.abandon() }
        } else {
            answer = entry.state.lease(at: now)
        }
        entries[route] = entry
        switch answer {
        case .granted(let grant): return grant
        case .wait(let ticket):
            return try await withUnsafeContinuation { entries[route]?.waiters[ticket] = $0 }.get()
        }
    }

    private static func closed(_ route: Route) -> DeliveryFailure {
        DeliveryFailure(
            .transient, .relay, .connect, "\(route.endpoint): no session is opened while the program ends")
    }

    private func dismissWaiters(of route: Route, _ failure: DeliveryFailure) {
        for waiter in entries[route]?.dismissWaiters() ?? [] { waiter.resume(returning: .failure(failure)) }
    }

    private func update(_ route: Route, _ change: (inout State) -> State.Return) {
        guard var entry = entries[route] else { return }
        let result = change(&entry.state)
        let next = result.next.flatMap { ticket, grant in
            entry.waiters.removeValue(forKey: ticket).map { (waiter: $0, grant: grant) }
        }
        entries[route] = entry.state.isEmpty ? nil : entry
        if let session = result.close { farewell(session) }
        if let (waiter, grant) = next { waiter.resume(returning: .success(grant)) }
    }

    /// Says goodbye while nobody waits for it.
    private func farewell(_ session: RelaySession) {
        connector.loop.spawn { await session.quit() }
    }

    // MARK: Idle sessions

    private func startReaper() {
        guard !reaperRuns, nextExpiry != nil else { return }
        reaperRuns = true
        connector.loop.spawn { [self] in
            while let expiry = nextExpiry {
                await reaper.sleep(until: .after(expiry - now))
                expire()
            }
            reaperRuns = false
        }
    }

    private var nextExpiry: Duration? { entries.values.compactMap(\.state.nextExpiry).min() }

    private func expire() {
        for route in Array(entries.keys) {
            guard var entry = entries[route] else { continue }
            for session in entry.state.expire(at: now) { farewell(session) }
            entries[route] = entry.state.isEmpty ? nil : entry
        }
    }

    var now: Duration { .nanoseconds(Int64(clamping: monotonicNanoseconds())) }
}
