// From the greeting to the moment when mail may be sent: EHLO, STARTTLS, AUTH. A value that is told
// what arrived and says what to do next; the I/O is RelayConnector's.
internal import MailCore
internal import SASL

/// The opening of a session.
struct SessionOpening {
    /// What to do next.
    enum Step: Equatable {
        case await(DeliveryFailure.Phase)
        /// Send it and wait for its reply.
        case send(Command)
        /// Make the TLS handshake, then call `secured`.
        case secure
        /// Start that mechanism and call `authenticate` with its first response, nil where it has none.
        case begin(mechanism: String, Login)
        /// Give the mechanism the relay's challenge, then call `respond`.
        case answer(challenge: [UInt8])
        case ready
        case fail(DeliveryFailure)
    }

    private enum State {
        case connecting, greeting, hello, helo, startTLS, handshake, exchange, cancelled, ready
    }

    private let route: Route
    private let failures: RelayFailures
    private var state = State.connecting
    private var isSecure = false
    /// Whether mechanisms can be bound to the TLS session.
    private var canBind = false
    private var login: Login?
    private var mechanism = ""
    /// The first response while it waits for the relay's empty challenge.
    private var delayedResponse: [UInt8]?
    /// Whether the mechanism has all it wanted; some end only when the relay has proved itself.
    private var exchangeIsComplete = false
    /// What the relay said of its refusal within the exchange.
    private var complaint: String?
    private var cancellation: DeliveryFailure?
    /// What the relay offers, as it said last.
    private(set) var capabilities = Capabilities()

    init(_ route: Route) {
        self.route = route
        failures = RelayFailures(route: route)
    }

    /// The first step on a new connection.
    mutating func start() -> Step {
        if case .implicit = route.security {
            state = .handshake
            return .secure
        }
        state = .greeting
        return .await(.greeting)
    }

    /// The handshake succeeded and the certificate is what the route asks for. `canBind`: whether mechanisms
    /// can be bound to the session.
    mutating func secured(canBind: Bool = false) -> Step {
        isSecure = true
        self.canBind = canBind
        if case .implicit = route.security {
            state = .greeting
            return .await(.greeting)
        }
        // RFC 3207 4.2: what was learned in plain text is forgotten.
        capabilities = Capabilities()
        return greet()
    }

    mutating func receive(_ answer: ServerReply) -> Step {
        let reply = answer.reply
        if reply.code == 421, state != .cancelled { return .fail(failures.refused(reply, phase)) }
        switch state {
        case .greeting: return reply.isSuccess ? greet() : .fail(failures.refused(reply, .greeting))
        case .hello, .helo: return afterHello(answer)
        case .startTLS:
            if reply.code != 220, route.security.isOpportunistic { return afterEncryption() }
            guard reply.code == 220 else { return .fail(failures.refused(reply, .startTLS)) }
            state = .handshake
            return .secure
        case .exchange: return afterExchange(answer)
        case .cancelled: return .fail(cancellation ?? failures.unexpected(reply, .authentication))
        case .connecting, .handshake, .ready: return .fail(failures.unexpected(reply, phase))
        }
    }

    // MARK: EHLO

    private mutating func greet() -> Step {
        state = .hello
        return .send(.hello(route.dialect == .lmtp ? "LHLO" : "EHLO", route.helloName))
    }

    private mutating func afterHello(_ answer: ServerReply) -> Step {
        let reply = answer.reply
        if reply.isSuccess {
            capabilities = state == .hello ? Capabilities(answer) : Capabilities()
            return afterGreeting()
        }
        // RFC 5321 3.2: a server that does not know EHLO may know HELO. LMTP has no older form.
        guard state == .hello, route.dialect == .smtp, [500, 502, 504, 550].contains(reply.code) else {
            return .fail(failures.refused(reply, .hello))
        }
        state = .helo
        return .send(.hello("HELO", route.helloName))
    }

    private mutating func afterGreeting() -> Step {
        guard !isSecure else { return afterEncryption() }
        switch route.security {
        case .plain, .implicit: return afterEncryption()
        case .opportunistic, .startTLS:
            guard capabilities.offers("STARTTLS") else {
                return route.security.isOpportunistic
                    ? afterEncryption() : .fail(failures.startTLSNotOffered())
            }
            state = .startTLS
            return .send(.startTLS)
        }
    }

    /// Whatever the route asks for and the relay offers has been done about TLS.
    private mutating func afterEncryption() -> Step {
        guard let login = route.authentication.login else { return becomeReady() }
        self.login = login
        return chooseMechanism(login)
    }

    private mutating func becomeReady() -> Step {
        state = .ready
        return .ready
    }

    // MARK: AUTH, RFC 4954

    private mutating func chooseMechanism(_ login: Login) -> Step {
        let offered = capabilities.authenticationMechanisms
        guard !offered.isEmpty else { return .fail(failures.authenticationNotOffered(login)) }
        state = .exchange
        let isProtected = isSecure && route.security.protects || route.isLocal
        let choice: String?
        switch route.authentication {
        case .none: return becomeReady()
        case .mechanism(let name, _):
            choice = name.uppercased()
            guard offered.contains(name.uppercased()) else {
                return .fail(failures.mechanismNotOffered(name.uppercased(), login, offered: offered))
            }
        case .strongest:
            choice = strongestMechanism(offered: offered, isProtected: isProtected, canBind: canBind)
        case .token: choice = tokenMechanism(offered: offered, isProtected: isProtected)
        }
        guard let choice else { return .fail(failures.noMechanism(login, offered: offered)) }
        mechanism = choice
        return .begin(mechanism: choice, login)
    }

    /// After a refusal: the same exchange again, with other credentials. RFC 4954 4 allows it.
    mutating func tryAgain() -> Step? { login.map { .begin(mechanism: mechanism, $0) } }

    /// Starts the exchange with the mechanism's first response; nil where the relay speaks first.
    mutating func authenticate(_ mechanism: String, initialResponse: [UInt8]?, isComplete: Bool) -> Step {
        exchangeIsComplete = isComplete
        complaint = nil
        delayedResponse = nil
        guard let initialResponse else { return .send(.authenticate(mechanism)) }
        if let command = Command.authenticate(mechanism, initialResponse: initialResponse) {
            return .send(command)
        }
        delayedResponse = initialResponse
        return .send(.authenticate(mechanism))
    }

    /// Sends the mechanism's answer to a challenge, which may have been the relay's complaint.
    mutating func respond(_ response: [UInt8], isComplete: Bool, complaint: String? = nil) -> Step {
        exchangeIsComplete = isComplete
        self.complaint = complaint
        return .send(.authenticationResponse(response))
    }

    /// The mechanism refused the relay's challenge: the relay is told, and the session fails for it.
    mutating func cancel(_ reason: String) -> Step {
        state = .cancelled
        cancellation = login.map { failures.loginFailed(reason, $0) }
        return .send(.cancelAuthentication)
    }

    private mutating func afterExchange(_ answer: ServerReply) -> Step {
        guard let login else { return .fail(failures.unexpected(answer.reply, .authentication)) }
        switch answer.reply.code {
        case 235:
            // A mechanism that proves the relay too must have seen its proof.
            guard exchangeIsComplete else {
                return .fail(failures.loginFailed("the relay said yes before it proved who it is", login))
            }
            return becomeReady()
        case 334:
            guard let challenge = Base64.decode(Array((answer.lines.first ?? "").utf8)) else {
                return cancel("the relay sent a challenge that is not base64")
            }
            if let response = delayedResponse, challenge.isEmpty {
                delayedResponse = nil
                return .send(.authenticationResponse(response))
            }
            return .answer(challenge: challenge)
        case 400..<600:
            return .fail(failures.loginRefused(answer.reply, login, by: mechanism, complaint: complaint))
        default: return .fail(failures.unexpected(answer.reply, .authentication))
        }
    }

    private var phase: DeliveryFailure.Phase {
        switch state {
        case .connecting, .greeting: .greeting
        case .hello, .helo: .hello
        case .startTLS: .startTLS
        case .handshake: .tlsHandshake
        case .exchange, .cancelled, .ready: .authentication
        }
    }
}
