// Leads a new connection through the opening dialogue: the machine says what to do, and this does it.
// Throws DeliveryFailure; the caller closes the connection.
internal import LinuxIO
internal import MailCore
internal import SASL
internal import TLS

/// The runner of a ``SessionOpening``.
struct SessionOpener {
    private let line: DialogueLine
    private let route: Route
    private let context: TLSContext?
    private let credentials: any CredentialSource
    private var opening: SessionOpening
    private var mechanism: SASLClient?

    init(
        _ line: DialogueLine, route: Route, context: TLSContext?, credentials: any CredentialSource
    ) {
        self.line = line
        self.route = route
        self.context = context
        self.credentials = credentials
        opening = SessionOpening(route)
    }

    /// Gives what the relay offers once mail may be sent.
    mutating func run() async throws(DeliveryFailure) -> Capabilities {
        var step = opening.start()
        while true {
            switch step {
            case .await(let phase): step = opening.receive(try await line.reply(in: phase))
            case .send(let command):
                try await line.send([command])
                step = opening.receive(try await line.reply(in: command.phase))
            case .secure:
                try await secure()
                step = opening.secured()
            case .begin(let name, let login): step = try await begin(name, login)
            case .answer(let challenge): step = answer(challenge)
            case .ready: return opening.capabilities
            case .fail(let failure):
                await sayGoodbye(after: failure)
                throw failure
            }
        }
    }

    private func secure() async throws(DeliveryFailure) {
        guard let context else { return }
        switch route.security {
        case .plain: return
        case .opportunistic(_, let name), .startTLS(_, let name), .implicit(_, let name):
            try await line.startTLS(context, name: name)
        }
    }

    // MARK: SASL

    private mutating func begin(
        _ name: String, _ login: Login
    ) async throws(DeliveryFailure) -> SessionOpening.Step {
        let failures = RelayFailures(route: route)
        let secret = try await credentials.credentials(for: login)
        do throws(SASLFailure) {
            let client = try SASLClient(
                mechanism: name, credentials: secret, service: route.dialect.rawValue.lowercased(),
                host: route.endpoint.host)
            mechanism = client
            guard client.sendsFirst else {
                return opening.authenticate(name, initialResponse: nil, isComplete: false)
            }
            let (response, isComplete) = try client.step([])
            return opening.authenticate(name, initialResponse: response, isComplete: isComplete)
        } catch {
            throw failures.loginFailed(error.description, login)
        }
    }

    private mutating func answer(_ challenge: [UInt8]) -> SessionOpening.Step {
        guard let mechanism else { return opening.cancel("no mechanism has begun") }
        do throws(SASLFailure) {
            let (response, isComplete) = try mechanism.step(challenge)
            return opening.respond(response, isComplete: isComplete)
        } catch {
            return opening.cancel(error.description)
        }
    }

    /// RFC 5321 4.1.1.10 asks for QUIT at the end of a dialogue that works; nobody waits for its reply.
    private func sayGoodbye(after failure: DeliveryFailure) async {
        if failure.reply?.code != 421 { try? await line.send([.quit]) }
        await line.connection.end(until: .after(route.timeouts.quit))
    }
}
