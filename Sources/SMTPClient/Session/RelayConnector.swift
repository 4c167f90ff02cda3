// Opens sessions: looks the name up, connects to one address after the other, and leads the opening
// dialogue to its end. Throws DeliveryFailure of relay scope; whatever was opened is closed then.
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
        let addresses = try await addresses(of: route)
        let time = SharedTime(of: route.timeouts.connect)
        var first: DeliveryFailure?
        for (index, address) in addresses.enumerated() {
            do throws(DeliveryFailure) {
                let socket = try await connect(
                    to: address, route, until: time.share(among: addresses.count - index))
                transcript?.write(.note, "connected to \(address)")
                return try await open(RelayConnection(socket), route, context)
            } catch {
                // The system's order puts the likeliest first (RFC 6724), and so is its failure.
                first = first ?? error
                transcript?.write(.note, error.text)
                // RFC 5321 5.1: the host's other addresses are tried while none has let us in.
                guard [.connect, .greeting].contains(error.phase) else { throw error }
            }
        }
        throw first ?? RelayFailures(route: route).unresolved(.notFound)
    }

    // MARK: Reaching the host

    private func addresses(of route: Route) async throws(DeliveryFailure) -> [SocketAddress] {
        switch route.endpoint {
        case .unix(let path):
            if let address = SocketAddress(path: path) { return [address] }
            throw DeliveryFailure(
                .transient, .relay, .configuration,
                "the path of the socket is empty or longer than 107 bytes: \(path)")
        case .host(let name, let port):
            if let address = SocketAddress(ip: name, port: port) { return [address] }
            do throws(ResolutionFailure) {
                return try await workers.run { () throws(ResolutionFailure) in
                    try resolve(host: name, port: port)
                }
            } catch {
                throw RelayFailures(route: route).unresolved(error)
            }
        }
    }

    private func connect(
        to address: SocketAddress, _ route: Route, until deadline: Deadline
    ) async throws(DeliveryFailure) -> StreamSocket {
        do throws(IOFailure) {
            return try await StreamSocket.connect(
                to: address, from: route.source, on: loop, until: deadline)
        } catch {
            throw RelayFailures(route: route).unreachable(error, at: address)
        }
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
            return RelaySession(line, route: route, capabilities: try await opener.run())
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

/// A time for several attempts, of which each gets its share.
private struct SharedTime {
    private let end: UInt64

    init(of duration: Duration) {
        let nanoseconds = duration / .nanoseconds(1)
        end = monotonicNanoseconds() + UInt64(max(0, min(nanoseconds, 1e18)))
    }

    /// When the next of that many attempts has to end.
    func share(among attempts: Int) -> Deadline {
        let now = monotonicNanoseconds()
        let rest = end > now ? end - now : 0
        return .after(.nanoseconds(Int64(clamping: rest / UInt64(max(1, attempts)))))
    }
}
