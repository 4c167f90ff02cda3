// How many sessions a relay gets, and for how long they are kept.

/// The limits of one route's sessions.
public struct PoolLimits: Hashable, Sendable {
    /// Connections open at once.
    public var connections: Int
    /// Messages over one connection before it is closed: many relays count them.
    public var messagesPerConnection: Int
    /// How long an idle session is kept. Relays close theirs after a while, some after few seconds.
    public var idleTime: Duration
    /// After so long a pause the relay is asked with NOOP whether it is still there.
    public var probeAfter: Duration

    public init(
        connections: Int = 10, messagesPerConnection: Int = 100, idleTime: Duration = .seconds(30),
        probeAfter: Duration = .seconds(5)
    ) {
        self.connections = max(1, connections)
        self.messagesPerConnection = max(1, messagesPerConnection)
        self.idleTime = idleTime
        self.probeAfter = probeAfter
    }
}
