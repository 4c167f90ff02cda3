// Name servers: one by its address, or those of resolv.conf(5).
internal import CLinux

/// A name server's address and port.
public struct DNSServer: Hashable, Sendable, CustomStringConvertible {
    let address: SocketAddress
    private static let usualPort: UInt16 = 53

    /// Reads `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]` or `[2001:db8::53]:5353`; nil for
    /// anything else, a name included.
    public init?(_ text: String) {
        if let address = SocketAddress(ip: text, port: Self.usualPort) {
            self.address = address
            return
        }
        let (host, port): (Substring, Substring?)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            (host, port) = (text[..<end].dropFirst(), rest.isEmpty ? nil : rest.dropFirst())
        } else {
            guard let colon = text.firstIndex(of: ":") else { return nil }
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        guard let number = port.map({ UInt16($0) }) ?? Self.usualPort, number > 0,
            let address = SocketAddress(ip: String(host), port: number),
            (address.family == AF_INET6) == text.hasPrefix("[")
        else { return nil }
        self.address = address
    }

    init?(_ storage: sockaddr_storage) {
        var storage = storage
        let isIPv6 = Int32(storage.ss_family) == AF_INET6
        let length = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        let address = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                var info = addrinfo()
                info.ai_family = isIPv6 ? AF_INET6 : AF_INET
                info.ai_addr = pointer
                info.ai_addrlen = socklen_t(length)
                return SocketAddress(info)
            }
        }
        guard let address else { return nil }
        self.address = address
    }

    public var description: String { address.description }
}

extension DNSExchange {
    /// With the servers, the patience and the attempts of resolv.conf(5).
    static func system() -> DNSExchange {
        var storages = [sockaddr_storage](repeating: sockaddr_storage(), count: Int(MAXNS))
        var seconds: Int32 = 0
        var attempts: Int32 = 0
        let count = linux_name_servers(&storages, Int32(storages.count), &seconds, &attempts)
        let servers = storages.prefix(Int(count)).compactMap { DNSServer($0) }
        return DNSExchange(
            servers: servers, patience: .seconds(max(1, Int(seconds))), rounds: max(1, Int(attempts)))
    }
}
