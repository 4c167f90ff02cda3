// A message for an account with several hosts: the next is tried where one does not let us in at all.
public import MailCore

extension RelayPool {
    /// Sends a message over the first host that lets us in; see ``deliver(toRecipients:over:_:)``. The route
    /// is the one that the report is about.
    public func deliver(
        toRecipients count: Int, overAnyOf hosts: Hosts,
        _ compose: (Capabilities) async throws(DeliveryFailure) -> (OutgoingMessage, ContentSource)
    ) async -> (report: DeliveryReport, route: Route) {
        let routes = hostOrder.order(of: hosts, at: now)
        for route in routes.dropLast() {
            let report = await deliver(toRecipients: count, over: route, compose)
            guard report.neverGotIn else {
                hostOrder.succeeded(route)
                return (report, route)
            }
            hostOrder.failed(route, at: now)
        }
        let last = routes.last ?? hosts.routes[0]
        let report = await deliver(toRecipients: count, over: last, compose)
        if report.neverGotIn { hostOrder.failed(last, at: now) } else { hostOrder.succeeded(last) }
        return (report, last)
    }
}

extension DeliveryReport {
    /// Whether the session failed before there was one. A refused login is not among the reasons: the others
    /// know no other password, and providers count the wrong ones.
    fileprivate var neverGotIn: Bool {
        !outcomes.isEmpty
            && outcomes.allSatisfy { outcome in
                guard case .failed(let failure) = outcome, failure.scope == .relay else { return false }
                return [.resolve, .connect, .greeting, .hello, .startTLS, .tlsHandshake].contains(
                    failure.phase)
            }
    }
}
