// Who gets which session: the pool's policy as a value. It is told what happened and when, and says
// what to do; RelayPool does it. Moments are readings of one clock, as the time since its start.

/// The sessions of one route, and those who wait for one.
struct PoolState<Session> {
    /// A waiting caller's number, in the order of their coming.
    typealias Ticket = Int

    /// What a caller gets.
    enum Grant {
        case reuse(Session, probe: Bool)
        /// Open a new session; call `openingFailed` where that fails.
        case open
    }

    enum LeaseAnswer {
        case granted(Grant)
        /// All connections are in use: wait until the ticket is called.
        case wait(Ticket)
    }

    private struct Idle {
        let session: Session
        let messages: Int
        let since: Duration
    }

    let limits: PoolLimits
    /// Oldest first. Taken from the end, so that the fewest sessions stay warm and the others expire.
    private var idle: [Idle] = []
    /// Sessions that callers have or are opening.
    private var leased = 0
    private var waiting: [Ticket] = []
    private var nextTicket = 0

    init(limits: PoolLimits) { self.limits = limits }

    /// Whether nothing is open and nobody waits.
    var isEmpty: Bool { idle.isEmpty && leased == 0 && waiting.isEmpty }

    var idleCount: Int { idle.count }
    var leasedCount: Int { leased }

    /// When `expire` should be called next.
    var nextExpiry: Duration? { idle.first.map { $0.since + limits.idleTime } }

    /// Somebody wants a session.
    mutating func lease(at now: Duration) -> LeaseAnswer {
        if let grant = takeIdle(at: now) { return .granted(grant) }
        return leaseNew()
    }

    /// Somebody wants a new session, since a pooled one has just turned out dead. What ended that one has
    /// likely ended its idle neighbours: they are to be closed.
    mutating func leaseFresh() -> (answer: LeaseAnswer, close: [Session]) {
        let neighbours = idle.map(\.session)
        idle = []
        return (leaseNew(), neighbours)
    }

    private mutating func leaseNew() -> LeaseAnswer {
        if idle.count + leased < limits.connections {
            leased += 1
            return .granted(.open)
        }
        defer { nextTicket += 1 }
        waiting.append(nextTicket)
        return .wait(nextTicket)
    }

    private mutating func takeIdle(at now: Duration) -> Grant? {
        guard let newest = idle.popLast() else { return nil }
        leased += 1
        return .reuse(newest.session, probe: now - newest.since >= limits.probeAfter)
    }

    /// What to do with a session that came back, and who is next.
    struct Return {
        /// The session to close.
        var close: Session?
        /// Whose turn it is, and with what.
        var next: (Ticket, Grant)?
    }

    /// A session came back after so many messages. One that is of no more use makes room for a new one.
    mutating func giveBack(
        _ session: Session, isReusable: Bool, messages: Int, at now: Duration
    ) -> Return {
        leased -= 1
        guard isReusable, messages < limits.messagesPerConnection else {
            return Return(close: session, next: callNext())
        }
        if let ticket = takeTicket() {
            leased += 1
            return Return(next: (ticket, .reuse(session, probe: false)))
        }
        idle.append(Idle(session: session, messages: messages, since: now))
        return Return()
    }

    /// The session that a caller was to open did not come about.
    mutating func openingFailed() -> Return {
        leased -= 1
        return Return(next: callNext())
    }

    private mutating func callNext() -> (Ticket, Grant)? {
        guard idle.count + leased < limits.connections, let ticket = takeTicket() else { return nil }
        leased += 1
        return (ticket, .open)
    }

    private mutating func takeTicket() -> Ticket? { waiting.isEmpty ? nil : waiting.removeFirst() }

    /// The sessions that have been idle for too long: close them.
    mutating func expire(at now: Duration) -> [Session] {
        let expired = idle.prefix { now - $0.since >= limits.idleTime }
        idle.removeFirst(expired.count)
        return expired.map(\.session)
    }

    /// Everything that is idle, at the end; whoever waits is forgotten.
    mutating func drain() -> [Session] {
        defer { idle = [] }
        forgetWaiting()
        return idle.map(\.session)
    }

    /// Nobody waits any more; those who did are told otherwise.
    mutating func forgetWaiting() { waiting = [] }
}

extension PoolState.Grant: Sendable where Session: Sendable {}
