// What the failure of a relay means, for somebody who sets up the first account of their life: the kind of
// trouble in two or three words, then the failure's own text, which says where, then what to do next.
internal import MailCore
internal import SMTPClient

enum RelayAdvice {
    static func text(for failure: DeliveryFailure) -> String {
        guard let trouble = RelayTrouble(failure) else { return failure.text }
        let hints = [trouble.advice, hintOfProvider(trouble, failure)].compactMap(\.self)
        return (["\(trouble.headline): \(failure.text)"] + hints).joined(separator: "; ")
    }

    /// What is refused at login begins with the relay's host and port. A token that is refused is no password.
    private static func hintOfProvider(_ trouble: RelayTrouble, _ failure: DeliveryFailure) -> String? {
        guard trouble == .credentials, !failure.text.contains("access token") else { return nil }
        return MailProvider(host: failure.text.prefix { $0 != ":" })?.loginHint
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
