// Opens sessions: connects to the host and leads the opening dialogue to its end. Throws DeliveryFailure of relay scope; whatever was opened is closed then.
public import LinuxIO
public import MailCore
internal import SASL
internal import TLS

/// Opens sessions, and keeps what they share: the TLS contexts with their trust and tickets.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class RelayConnector: @unchecked Sendable {
    let loop: EventLoop
    private let workers: WorkerPool
    private let credentials: any CredentialSource
    /// Sees the dialogues of all sessions; nil in the daemon.
    private let transcript: Transcript?
    private var contexts: [TLSSettings: TLSContext] = [:]
    /// The routes over which CHUNKING is offered and BDAT is not known.
    private var brokenChunking: Set<Route> = []

    public init(
        on loop: EventLoop, workers: WorkerPool, credentials: any CredentialSource = NoCredentials(),
        transcript: Transcript? = nil
    ) {
        self.loop = loop
        self.workers = workers
        self.credentials = credentials
        self.transcript = transcript
    }

    /// A session that is ready for MAIL.
    public func open(_ route: Route) async throws(DeliveryFailure) -> RelaySession {
        let context = try await context(for: route)
        let path = NetworkPath(route, on: loop, workers: workers)
        var addresses = try await path.addresses()
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

    /// The context that the route's sessions share. Making it reads the trusted certificates: a worker's work.
    private func context(for route: Route) async throws(DeliveryFailure) -> TLSContext? {
        guard let settings = route.security.settings else { return nil }
        if let context = contexts[settings] { return context }
        do throws(TLSFailure) {
            let context = try await workers.run { () throws(TLSFailure) in try TLSContext(settings) }
            contexts[settings] = context
            return context
        } catch {
            throw DeliveryFailure(.transient, .relay, .configuration, "\(route.endpoint): \(error)")
        }
    }

    // MARK: The opening dialogue

    private func open(
        _ connection: RelayConnection, _ route: Route, _ context: TLSContext?
    ) async throws(DeliveryFailure) -> RelaySession {
        let line = DialogueLine(connection, route: route, transcript: transcript)
        var opener = SessionOpener(line, route: route, context: context, credentials: credentials)
        do throws(DeliveryFailure) {
            var capabilities = try await opener.run()
            if brokenChunking.contains(route) { capabilities.forget("CHUNKING") }
            return RelaySession(line, route: route, capabilities: capabilities) { [weak self] in
                self?.brokenChunking.insert(route)
            }
        } catch {
            connection.close()
            throw error
        }
    }
}

extension Security {
    fileprivate var settings: TLSSettings? {
        switch self {
        case .plain: nil
        case .startTLS(let settings, _), .implicit(let settings, _): settings
        }
    }
}
