// From a route to a connected socket: looks names up, races the addresses, goes through the proxy. Throws
// DeliveryFailure in the phases resolve, connect and configuration.
internal import LinuxIO
internal import MailCore

/// How a route's host is reached.
struct NetworkPath {
    private let route: Route
    private let loop: EventLoop
    private let resolver: BoundedResolver
    private let failures: RelayFailures

    init(_ route: Route, on loop: EventLoop, resolver: BoundedResolver) {
        self.route = route
        self.loop = loop
        self.resolver = resolver
        failures = RelayFailures(route: route)
    }

    /// For a transcript: ` through the proxy localhost:1080`.
    var way: String { route.proxy.map { " through the proxy \($0)" } ?? "" }

    /// Where to connect to: the relay's addresses, or the proxy's.
    func addresses(until deadline: Deadline) async throws(DeliveryFailure) -> [SocketAddress] {
        let endpoint = route.proxy ?? route.endpoint
        switch endpoint {
        case .unix(let path):
            if let address = SocketAddress(path: path) { return [address] }
            throw DeliveryFailure(
                .transient, .relay, .configuration,
                "the path of the socket is empty or longer than 107 bytes: \(path)")
        case .host(let name, let port):
            if let address = SocketAddress(ip: name, port: port) { return [address] }
            do throws(ResolutionFailure) {
                return try await resolver.addresses(of: name, port: port, until: deadline)
            } catch {
                throw unresolved(error)
            }
        }
    }

    /// A socket on which the relay is about to greet, and the address that answered.
    func connect(
        to addresses: [SocketAddress], until deadline: Deadline
    ) async throws(DeliveryFailure) -> (StreamSocket, SocketAddress) {
        let (socket, address) = try await race(addresses, until: deadline)
        guard let proxy = route.proxy, case .host(let host, let port) = route.endpoint else {
            return (socket, address)
        }
        do throws(ProxyFailure) {
            try await ask(socket, for: SOCKSRequest(host: host, port: port), until: deadline)
            return (socket, address)
        } catch {
            socket.close()
            throw failures.relay(.connect, "\(route.endpoint): the proxy \(proxy) \(error.words)")
        }
    }

    private func race(
        _ addresses: [SocketAddress], until deadline: Deadline
    ) async throws(DeliveryFailure) -> (StreamSocket, SocketAddress) {
        let racer = AddressRacer(addresses, from: route.source, on: loop, until: deadline)
        do throws(RaceLost) {
            return try await racer.run()
        } catch {
            guard let (address, reason) = error.failure else { throw unresolved(.notFound) }
            guard let proxy = route.proxy else { throw failures.unreachable(reason, at: address) }
            throw failures.relay(
                .connect,
                "\(route.endpoint): the proxy \(proxy) cannot be reached: \(reason); check proxy_host and proxy_port"
            )
        }
    }

    private func unresolved(_ failure: ResolutionFailure) -> DeliveryFailure {
        guard let proxy = route.proxy else { return failures.unresolved(failure) }
        let what =
            switch failure {
            case .notFound: "is not found; check proxy_host"
            case .temporary(let reason): "cannot be looked up now: \(reason)"
            }
        return failures.relay(.resolve, "\(route.endpoint): the name of the proxy \(proxy) \(what)")
    }

    // MARK: The proxy

    private func ask(
        _ socket: StreamSocket, for request: SOCKSRequest, until deadline: Deadline
    ) async throws(ProxyFailure) {
        var request = request
        var step = request.start()
        while true {
            switch step {
            case .exchange(let bytes, let count):
                step = request.receive(try await exchange(bytes, count, socket, until: deadline))
            case .connected: return
            case .refused(let words): throw ProxyFailure(words: words)
            }
        }
    }

    private func exchange(
        _ bytes: [UInt8], _ count: Int, _ socket: StreamSocket, until deadline: Deadline
    ) async throws(ProxyFailure) -> [UInt8] {
        do throws(IOFailure) {
            try await socket.write(bytes, until: deadline)
            var answer: [UInt8] = []
            while answer.count < count {
                let piece = try await socket.read(upTo: count - answer.count, until: deadline)
                if piece.isEmpty { throw .closed }
                answer += piece
            }
            return answer
        } catch {
            throw ProxyFailure(words: error == .closed ? "closed the connection" : "did not help: \(error)")
        }
    }
}

/// Why a proxy did not connect us, to be put behind its name.
private struct ProxyFailure: Error {
    let words: String
}
