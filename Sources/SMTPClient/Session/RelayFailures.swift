// Every failure of a session, in words for the person who has to mend it: which relay, what it said,
// what to do. Whatever concerns the relay as a whole is transient: the mail waits until it is mended.
internal import LinuxIO
internal import MailCore
internal import TLS

/// Makes the failures of one route.
struct RelayFailures {
    typealias Phase = DeliveryFailure.Phase

    let route: Route
    /// `smtp.example.org:587`.
    var place: String { route.endpoint.description }

    // MARK: What the relay said

    /// A reply that ends the session, or the attempt to have one.
    func refused(_ reply: Reply, _ phase: Phase) -> DeliveryFailure {
        let text =
            switch phase {
            case .greeting: "\(place) does not want to talk: \(reply)"
            case _ where reply.code == 421: "\(place) ended the session at \(phase.rawValue): \(reply)"
            case .hello where [500, 502, 504].contains(reply.code):
                "\(place) does not speak \(route.dialect.rawValue): \(reply); check the keys protocol and port"
            case .hello: "\(place) refused our name \(route.helloName): \(reply); check the key domain"
            case .startTLS: "\(place) refused STARTTLS: \(reply); try again later, or ask its operator"
            default: "\(place) ended the session at \(phase.rawValue): \(reply)"
            }
        return relay(phase, reply: reply, text)
    }

    /// A reply that no command asked for, or of a kind that its command does not have.
    func unexpected(_ reply: Reply, _ phase: Phase) -> DeliveryFailure {
        relay(phase, reply: reply, "\(place) answered \(phase.rawValue) out of turn: \(reply)")
    }

    func garbled(_ problem: ReplyProblem, _ phase: Phase) -> DeliveryFailure {
        guard phase == .greeting else {
            return relay(
                phase, enhanced: Self.protocolError,
                "\(place): \(problem), after \(phase.rawValue); the connection was closed")
        }
        return relay(
            phase, enhanced: Self.protocolError,
            "\(place) did not greet as a mail server: \(problem); is the port right, and does "
                + "\(route.dialect.rawValue) listen there?")
    }

    /// RFC 3207 4.2 and RFC 2920 3.1: bytes that answer nothing may be an attacker's.
    func strayInput(_ phase: Phase) -> DeliveryFailure {
        guard phase == .startTLS else {
            return relay(
                phase, enhanced: Self.protocolError,
                "\(place) sent more replies than it had commands; the connection was closed")
        }
        return relay(
            phase,
            "\(place) sent more in plain text behind its reply to STARTTLS; somebody may be tampering with "
                + "the connection, so it was closed")
    }

    // MARK: STARTTLS and TLS

    func startTLSNotOffered() -> DeliveryFailure {
        relay(
            .startTLS,
            "\(place) does not offer STARTTLS; set tls_starttls off where it speaks TLS from the start (port "
                + "465), or tls off only where the network to it is yours")
    }

    func tls(_ failure: TLSFailure) -> DeliveryFailure {
        let text =
            switch (failure.kind, route.security) {
            case (.notTLS, .implicit):
                "\(place) does not speak TLS from the start; set tls_starttls on, as port 587 wants it"
            case (.notTLS, _):
                "\(place) went on in plain text after its yes to STARTTLS; a firewall on the way may do so, or the "
                    + "relay is broken: ask its operator"
            default: "\(place): \(failure)"
            }
        return relay(.tlsHandshake, cause: failure.cause, text)
    }

    // MARK: The connection

    func unresolved(_ failure: ResolutionFailure) -> DeliveryFailure {
        switch failure {
        case .notFound:
            relay(
                .resolve, enhanced: EnhancedStatusCode(4, 4, 4),
                "\(place): there is no host of this name; check the key host and the name server")
        case .temporary(let reason):
            relay(
                .resolve, enhanced: EnhancedStatusCode(4, 4, 3),
                "\(place): the name cannot be looked up now: \(reason)")
        }
    }

    func unreachable(_ failure: IOFailure, at address: SocketAddress) -> DeliveryFailure {
        let at = address.description == place ? "" : " (\(address))"
        return switch failure {
        case .timedOut:
            relay(
                .connect, cause: .noAnswer,
                "\(place)\(at) did not answer in time; the port may be blocked by a firewall, by the provider (port 25 "
                    + "often is: try 587 or 465) or by the container's network"
            )
        case .system(let error) where error.isConnectionRefused:
            relay(
                .connect, cause: .portClosed,
                "\(place)\(at) refused the connection: nothing listens there; check host and port")
        case .system(let error): relay(.connect, "\(place)\(at) cannot be reached: \(error.reason)")
        case .closed: relay(.connect, "\(place)\(at): the connection was given up")
        }
    }

    func lost(_ loss: ConnectionLoss, _ phase: Phase) -> DeliveryFailure {
        switch loss {
        case .tls(let failure) where phase == .tlsHandshake || endsHandshake(failure, phase): tls(failure)
        case .timedOut: relay(phase, enhanced: Self.connectionLost, timeout(phase))
        case .ended:
            relay(phase, enhanced: Self.connectionLost, closed(phase, "\(place) closed the connection"))
        case .broken(let reason):
            relay(
                phase, enhanced: Self.connectionLost,
                closed(phase, "the connection to \(place) broke (\(reason))"))
        case .tls(let failure):
            relay(
                phase, enhanced: Self.connectionLost,
                closed(phase, "the connection to \(place) broke (\(failure))"))
        }
    }

    /// Whether the relay tells only now what it did not like about the handshake, a missing client certificate
    /// say: in TLS 1.3 the client's part of it ends first.
    private func endsHandshake(_ failure: TLSFailure, _ phase: Phase) -> Bool {
        guard case .alert = failure.kind else { return false }
        return phase == .hello || phase == .greeting
    }

    private func timeout(_ phase: Phase) -> String {
        switch phase {
        case .greeting: "\(place) did not greet in time\(wrongPortHint)"
        case .content: "\(place) stopped reading in the middle of the message"
        case .endOfData:
            "\(place) did not answer the end of the message in time; it may have been delivered and is sent again"
        default: "\(place) did not answer in time after \(phase.rawValue)"
        }
    }

    private func closed(_ phase: Phase, _ what: String) -> String {
        switch phase {
        case .greeting: "\(what) before it greeted\(wrongPortHint)"
        case .content: "\(what) in the middle of the message"
        case .endOfData:
            "\(what) after the end of the message; it may have been delivered and is sent again"
        case .tlsHandshake: "\(what) during the TLS handshake"
        default: "\(what) after \(phase.rawValue)"
        }
    }

    /// A server that waits for TLS says nothing to a client that waits for its greeting.
    private var wrongPortHint: String {
        guard case .host(_, let port) = route.endpoint, !isImplicit else { return "" }
        return port == 465
            ? "; port 465 wants TLS from the start: set tls on and tls_starttls off"
            : "; if the port wants TLS from the start, set tls on and tls_starttls off"
    }

    private var isImplicit: Bool {
        if case .implicit = route.security { true } else { false }
    }

    /// RFC 3463 3.5: bad connection.
    private static let connectionLost = EnhancedStatusCode(4, 4, 2)
    /// RFC 3463 3.6: the protocol was not kept.
    private static let protocolError = EnhancedStatusCode(4, 5, 0)

    func relay(
        _ phase: Phase, reply: Reply? = nil, enhanced: EnhancedStatusCode? = nil,
        cause: DeliveryFailure.Cause? = nil, _ text: String
    ) -> DeliveryFailure {
        DeliveryFailure(.transient, .relay, phase, reply: reply, enhanced: enhanced, cause: cause, text)
    }
}

extension TLSFailure {
    fileprivate var cause: DeliveryFailure.Cause? {
        switch kind {
        case .notTLS: .notTLS
        case .certificate: .certificate
        default: nil
        }
    }
}
