// Several hosts of one account: which is tried first, and which is left alone for a while because it did not
// let us in. A value; moments are readings of one clock, as the time since its start.

/// The ways to one account's relay: the same service on several hosts.
public struct Hosts: Sendable {
    /// In the order in which they are preferred; never empty.
    public let routes: [Route]
    /// Whether they take turns; else each is used only while those before it do not answer.
    public let areBalanced: Bool

    /// Nil where there is none.
    public init?(_ routes: [Route], areBalanced: Bool = false) {
        guard !routes.isEmpty else { return nil }
        self.routes = routes
        self.areBalanced = areBalanced
    }
}

/// What is known of all hosts.
struct HostOrder {
    /// How long a host that did not let us in is tried after all others.
    static let pause: Duration = .seconds(60)

    private var deadUntil: [Route: Duration] = [:]
    private var turn = 0

    /// The hosts in the order in which to try them: those that are left alone come last, since with none
    /// better even they may be back.
    mutating func order(of hosts: Hosts, at now: Duration) -> [Route] {
        deadUntil = deadUntil.filter { $0.value > now }
        var routes = hosts.routes
        if hosts.areBalanced {
            let start = turn % routes.count
            turn = (turn + 1) % (1 << 20)
            routes = Array(routes[start...] + routes[..<start])
        }
        return routes.filter { deadUntil[$0] == nil } + routes.filter { deadUntil[$0] != nil }
    }

    /// It did not let us in.
    mutating func failed(_ route: Route, at now: Duration) { deadUntil[route] = now + Self.pause }

    mutating func succeeded(_ route: Route) { deadUntil[route] = nil }
}
