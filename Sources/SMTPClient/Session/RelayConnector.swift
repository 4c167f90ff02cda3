// Opens sessions: connects to the host and leads the opening dialogue to its end. Throws DeliveryFailure of relay scope; whatever was opened is closed then.
public import LinuxIO
public import MailCore
internal import SASL
public import TLS

/// Opens sessions, and keeps what they share: the TLS contexts with their trust and tickets.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class RelayConnector: @unchecked Sendable {
    let loop: EventLoop
    private let workers: WorkerPool
    private let resolver: Resolver
    private let credentials: any CredentialSource
    /// Sees the dialogues of all sessions; nil in the daemon.
    private let transcript: Transcript?
    private let contexts: TLSContexts
    /// The routes over which CHUNKING is offered and BDAT is not known.
    private var brokenChunking: Set<Route> = []

    /// Looks up a host's addresses for a port; it may block, on a worker.
    public typealias Resolver =
        @Sendable (_ host: String, _ port: UInt16) throws(ResolutionFailure) -> [SocketAddress]

    public init(
        on loop: EventLoop, workers: WorkerPool, credentials: any CredentialSource = NoCredentials(),
        identityFiles: @escaping IdentityFileReader = readIdentityFile, transcript: Transcript? = nil,
        resolver: @escaping Resolver = resolve
    ) {
        self.loop = loop
        self.workers = workers
        self.resolver = resolver
        self.credentials = credentials
        self.transcript = transcript
        contexts = TLSContexts(workers: workers, readFile: identityFiles)
    }

    /// A session that is ready for MAIL.
    public func open(_ route: Route) async throws(DeliveryFailure) -> RelaySession {
        let context = try await context(for: route)
        do throws(DeliveryFailure) {
            let (line, capabilities) = try await connect(route, context)
            return session(line, route, capabilities)
        } catch {
            // RFC 7435 3: mail gets through. What is left of the connection cannot be trusted to be in step.
            guard route.security.isOpportunistic, error.phase == .tlsHandshake else { throw error }
            transcript?.write(.note, "going on without TLS")
            var plain = route
            plain.security = .plain
            let (line, capabilities) = try await connect(plain, nil)
            return session(line, route, capabilities)
        }
    }

    private func session(_ line: DialogueLine, _ route: Route, _ capabilities: Capabilities) -> RelaySession {
        var capabilities = capabilities
        if brokenChunking.contains(route) { capabilities.forget("CHUNKING") }
        return RelaySession(line, route: route, capabilities: capabilities) { [weak self] in
            self?.brokenChunking.insert(route)
        }
    }

    /// A connection to the first address that lets us in, at the end of its opening dialogue.
    private func connect(
        _ route: Route, _ context: TLSContext?
    ) async throws(DeliveryFailure) -> (DialogueLine, Capabilities) {
        let path = NetworkPath(
            route, on: loop, resolver: BoundedResolver(resolver, on: workers, loop: loop))
        var addresses = try await path.addresses(until: .after(route.timeouts.connect))
        let deadline = Deadline.after(route.timeouts.connect)
        var first: DeliveryFailure?
        while !addresses.isEmpty {
            do throws(DeliveryFailure) {
                let (socket, address) = try await path.connect(to: addresses, until: deadline)
                // It is not to be tried twice, nor are those with it that did not answer.
                addresses.removeAll { $0 == address }
                transcript?.write(.note, "connected to \(address)\(path.way)")
                return try await open(RelayConnection(socket), route, context)
            } catch {
                // The system's order puts the likeliest first (RFC 6724), and so is its failure.
                first = first ?? error
                transcript?.write(.note, error.text)
                // RFC 5321 5.1: the host's other addresses are tried while none has let us in.
                guard error.phase == .greeting, route.proxy == nil else { throw first ?? error }
            }
        }
        throw first ?? RelayFailures(route: route).unresolved(.notFound)
    }

    private func context(for route: Route) async throws(DeliveryFailure) -> TLSContext? {
        guard let settings = route.security.settings else { return nil }
        do throws(TLSFailure) {
            return try await contexts.context(for: settings)
        } catch {
            throw DeliveryFailure(.transient, .relay, .configuration, "\(route.endpoint): \(error)")
        }
    }

    // MARK: The opening dialogue

    private func open(
        _ connection: RelayConnection, _ route: Route, _ context: TLSContext?
    ) async throws(DeliveryFailure) -> (DialogueLine, Capabilities) {
        let line = DialogueLine(connection, route: route, transcript: transcript)
        var opener = SessionOpener(
            line, route: route, context: context, credentials: credentials, workers: workers)
        do throws(DeliveryFailure) {
            return (line, try await opener.run())
        } catch {
            connection.close()
            throw error
        }
    }
}
