// A connection through a SOCKS5 proxy (RFC 1928) without a login, for which msmtp has no key either. A
// value that is told what the proxy said and says what comes next. Names are the proxy's to look up.
internal import LinuxIO

/// The words between us and a proxy before it is a mere wire.
struct SOCKSRequest {
    enum Step: Equatable {
        /// Send that, if anything, then read exactly so many bytes: what follows may be the relay's.
        case exchange([UInt8], read: Int)
        case connected
        /// Why there is no connection, to be put behind the proxy's name.
        case refused(String)
    }

    private enum State { case method, head, nameLength, address }

    private let host: String
    private let port: UInt16
    private var state = State.method

    /// To that host, by its name or address.
    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Version 5 and one method: no authentication.
    func start() -> Step { .exchange([5, 1, 0], read: 2) }

    /// The bytes that were asked for.
    mutating func receive(_ bytes: [UInt8]) -> Step {
        switch state {
        case .method: return afterMethod(bytes)
        case .head: return afterHead(bytes)
        case .nameLength:
            state = .address
            return .exchange([], read: Int(bytes.first ?? 0) + 2)
        case .address: return .connected
        }
    }

    private mutating func afterMethod(_ bytes: [UInt8]) -> Step {
        guard bytes.first == 5 else {
            return .refused("does not speak SOCKS5; check proxy_host and proxy_port")
        }
        guard bytes.last == 0 else { return .refused("wants a login; use one that wants none") }
        guard let address = target else { return .refused("cannot be told a host name of this length") }
        state = .head
        return .exchange([5, 1, 0] + address + [UInt8(port >> 8), UInt8(port & 0xFF)], read: 4)
    }

    /// Version, reply, a reserved byte, and the kind of the address that follows with its port.
    private mutating func afterHead(_ bytes: [UInt8]) -> Step {
        guard bytes.count == 4, bytes[0] == 5 else {
            return .refused("does not speak SOCKS5; check proxy_host and proxy_port")
        }
        guard bytes[1] == 0 else { return .refused(Self.words(for: bytes[1])) }
        state = .address
        switch bytes[3] {
        case 1: return .exchange([], read: 4 + 2)
        case 4: return .exchange([], read: 16 + 2)
        case 3:
            state = .nameLength
            return .exchange([], read: 1)
        default: return .refused("does not speak SOCKS5; check proxy_host and proxy_port")
        }
    }

    /// Kind and address: 1 for IPv4, 4 for IPv6, 3 for a name behind its length.
    private var target: [UInt8]? {
        if let bytes = SocketAddress(ip: host, port: port)?.ipBytes {
            return [bytes.count == 4 ? 1 : 4] + bytes
        }
        let name = Array(host.utf8)
        return (1...255).contains(name.count) ? [3, UInt8(name.count)] + name : nil
    }

    /// RFC 1928 6.
    private static func words(for reply: UInt8) -> String {
        switch reply {
        case 1: "failed"
        case 2: "does not allow this connection"
        case 3: "cannot reach the relay's network"
        case 4: "cannot reach the relay, or does not find its name; check the key host"
        case 5: "was refused by the relay: nothing listens there; check host and port"
        case 6: "had no answer from the relay in time"
        case 7: "makes no outgoing connections"
        case 8: "does not know this kind of address"
        default: "refused with the code \(reply)"
        }
    }
}
