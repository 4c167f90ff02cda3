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
            note(report, route)
            if report.whyNotLetIn == nil { return (report, route) }
        }
        let last = routes.last ?? hosts.first
        let report = await deliver(toRecipients: count, over: last, compose)
        note(report, last)
        return (report, last)
    }

    private func note(_ report: DeliveryReport, _ route: Route) {
        if let reason = report.whyNotLetIn {
            hostOrder.failed(route, reason, at: now)
        } else {
            hostOrder.succeeded(route)
        }
    }
}

extension RelayConnector {
    /// A session with the first of the hosts that lets us in, in their order. Throws the last one's failure,
    /// or the first that is not about one host.
    public func open(anyOf hosts: Hosts) async throws(DeliveryFailure) -> RelaySession {
        var next = hosts.first
        for other in hosts.others {
            do throws(DeliveryFailure) {
                return try await open(next)
            } catch {
                guard error.isAboutOneHost else { throw error }
                next = other
            }
        }
        return try await open(next)
    }
}

extension DeliveryReport {
    /// Why the session failed before there was one; nil where there was, or another host would do no better.
    fileprivate var whyNotLetIn: DeliveryFailure? {
        guard case .failed(let failure)? = outcomes.first, failure.isAboutOneHost else { return nil }
        return failure
    }
}

extension DeliveryFailure {
    /// Whether another host of the same relay may do better. It would not with a login that was refused: the
    /// others know no other password, and providers count the wrong ones.
    fileprivate var isAboutOneHost: Bool {
        scope == .relay
            && [.resolve, .connect, .greeting, .hello, .startTLS, .tlsHandshake].contains(phase)
    }
}
