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
    private let workers: WorkerPool
    private var opening: SessionOpening
    private var mechanism: SASLClient?
    /// What the exchange under way uses.
    private var secret: SASLCredentials?
    /// The first refusal, after which newer credentials are tried.
    private var refusal: DeliveryFailure?

    init(
        _ line: DialogueLine, route: Route, context: TLSContext?, credentials: any CredentialSource,
        workers: WorkerPool
    ) {
        self.line = line
        self.route = route
        self.context = context
        self.credentials = credentials
        self.workers = workers
        opening = SessionOpening(route)
    }

    /// Gives what the relay offers once mail may be sent.
    mutating func run() async throws(DeliveryFailure) -> Capabilities {
        do throws(DeliveryFailure) {
            return try await lead()
        } catch {
            // A relay that hangs up on the second try has said what is wrong at the first.
            guard let refusal, error.reply == nil else { throw error }
            throw refusal
        }
    }

    private mutating func lead() async throws(DeliveryFailure) -> Capabilities {
        var step = opening.start()
        while true {
            switch step {
            case .await(let phase): step = opening.receive(try await line.reply(in: phase))
            case .send(let command):
                try await line.send([command])
                step = opening.receive(try await line.reply(in: command.phase))
            case .secure:
                try await secure()
                step = opening.secured(canBind: line.connection.bindingData != nil)
            case .begin(let name, let login): step = try await begin(name, login)
            case .answer(let challenge): step = await answer(challenge)
            case .ready: return opening.capabilities
            case .fail(let failure):
                if let again = await retry(after: failure) {
                    step = again
                    continue
                }
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
        let secret =
            if let renewed = self.secret { renewed } else { try await credentials.credentials(for: login) }
        self.secret = secret
        do throws(SASLFailure) {
            let client = try SASLClient(mechanism: name, credentials: secret, server: server)
            mechanism = client
            guard client.sendsFirst else {
                return opening.authenticate(name, initialResponse: nil, isComplete: false)
            }
            let (response, isComplete) = try await step([], of: client)
            return opening.authenticate(name, initialResponse: response, isComplete: isComplete)
        } catch {
            throw RelayFailures(route: route).loginFailed(error.description, login)
        }
    }

    private var server: SASLServer {
        var server = SASLServer(
            service: route.dialect.rawValue.lowercased(), host: route.endpoint.host,
            binding: line.connection.bindingData.map(ChannelBinding.init))
        if case .host(_, let port) = route.endpoint { server.port = port }
        return server
    }

    private mutating func answer(_ challenge: [UInt8]) async -> SessionOpening.Step {
        guard let mechanism else { return opening.cancel("no mechanism has begun") }
        do throws(SASLFailure) {
            let (response, isComplete) = try await step(challenge, of: mechanism)
            return opening.respond(response, isComplete: isComplete, complaint: mechanism.complaint)
        } catch {
            return opening.cancel(error.description)
        }
    }

    /// On a worker: a step can be work for seconds, or ask a Kerberos server.
    private func step(
        _ challenge: [UInt8], of client: SASLClient
    ) async throws(SASLFailure) -> (response: [UInt8], isComplete: Bool) {
        try await workers.run { () throws(SASLFailure) in try client.step(challenge) }
    }

    /// RFC 4954 6: 535 is wrong credentials. Once, newer ones may help: a token that expired before its time, a
    /// password that was changed.
    private mutating func retry(after failure: DeliveryFailure) async -> SessionOpening.Step? {
        guard failure.phase == .authentication, failure.reply?.code == 535, refusal == nil,
            let refused = secret, let login = route.authentication.login,
            let renewed = await credentials.renewed(refused, for: login), renewed != refused
        else { return nil }
        refusal = failure
        secret = renewed
        return opening.tryAgain()
    }

    /// RFC 5321 4.1.1.10 asks for QUIT at the end of a dialogue that works; nobody waits for its reply.
    private func sayGoodbye(after failure: DeliveryFailure) async {
        if failure.reply?.code != 421 { try? await line.send([.quit]) }
        await line.connection.end(until: .after(route.timeouts.quit))
    }
}

extension ChannelBinding {
    fileprivate init(_ data: TLSSession.BindingData) {
        switch data {
        case .exporter(let bytes): self = .exporter(bytes)
        case .unique(let bytes): self = .unique(bytes)
        }
    }
}
