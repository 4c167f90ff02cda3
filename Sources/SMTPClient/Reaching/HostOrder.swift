// Several hosts of one account: which is tried first, and which is left alone for a while because it did not
// let us in. A value; moments are readings of one clock, as the time since its start.
internal import MailCore

/// The ways to one account's relay: the same service on several hosts.
public struct Hosts: Sendable {
    /// The one that is preferred.
    public let first: Route
    /// In the order in which they are preferred.
    public let others: [Route]
    /// Whether they take turns; else each is used only while those before it do not let us in.
    public let areBalanced: Bool

    public init(_ first: Route, _ others: [Route] = [], areBalanced: Bool = false) {
        self.first = first
        self.others = others
        self.areBalanced = areBalanced
    }

    /// In the order in which they are preferred.
    public var routes: [Route] { [first] + others }
}

/// What is known of all hosts.
struct HostOrder {
    /// How long a host that did not let us in is tried after all others.
    static let pause: Duration = .seconds(60)

    private struct Absence {
        let end: Duration
        let reason: DeliveryFailure
    }

    private var absences: [Route: Absence] = [:]
    private var turn = 0

    /// The hosts in the order in which to try them: those that are left alone come last, since with none
    /// better even they may be back.
    mutating func order(of hosts: Hosts, at now: Duration) -> [Route] {
        absences = absences.filter { $0.value.end > now }
        var routes = hosts.routes
        if hosts.areBalanced {
            let start = turn % routes.count
            turn = (turn + 1) % (1 << 20)
            routes = Array(routes[start...] + routes[..<start])
        }
        return routes.filter { absences[$0] == nil } + routes.filter { absences[$0] != nil }
    }

    /// It did not let us in.
    mutating func failed(_ route: Route, _ reason: DeliveryFailure, at now: Duration) {
        absences[route] = Absence(end: now + Self.pause, reason: reason)
    }

    mutating func succeeded(_ route: Route) { absences[route] = nil }

    /// For how long it is left alone, and why; nil where it is not.
    func isLeftAlone(_ route: Route, at now: Duration) -> (remaining: Duration, reason: DeliveryFailure)? {
        guard let absence = absences[route], absence.end > now else { return nil }
        return (absence.end - now, absence.reason)
    }
}
