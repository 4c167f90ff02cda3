// What the failure of a relay means, for somebody who sets up the first account of their life: the kind of
// trouble in two or three words, before the failure's own text, which says where and what to do.
internal import MailCore
internal import SMTPClient

enum RelayAdvice {
    static func text(for failure: DeliveryFailure) -> String {
        guard let headline = headline(failure.phase) else { return failure.text }
        return "\(headline): \(failure.text)"
    }

    private static func headline(_ phase: DeliveryFailure.Phase) -> String? {
        switch phase {
        case .resolve: "name not found"
        case .connect: "no connection"
        case .greeting: "no mail server's greeting"
        case .hello: "not welcome"
        case .startTLS: "no STARTTLS"
        case .tlsHandshake: "no secure connection"
        case .authentication: "login failed"
        default: nil
        }
    }
}

extension Route {
    /// The same way for somebody who waits at a terminal: mail may take the RFC's ten minutes, a first sign
    /// of life not.
    var forImpatience: Route {
        var route = self
        let limit: Duration = .seconds(30)
        route.timeouts.connect = min(timeouts.connect, limit)
        route.timeouts.greeting = min(timeouts.greeting, limit)
        route.timeouts.command = min(timeouts.command, limit)
        route.timeouts.tlsHandshake = min(timeouts.tlsHandshake, limit)
        route.timeouts.authentication = min(timeouts.authentication, limit)
        return route
    }
}

extension Hosts {
    /// The same hosts for somebody who waits at a terminal.
    var forImpatience: Hosts {
        Hosts(first.forImpatience, others.map(\.forImpatience), areBalanced: areBalanced)
    }
}
