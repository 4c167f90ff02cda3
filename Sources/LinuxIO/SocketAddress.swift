// Where a socket connects to: an IP address with a port, or a path.
internal import CLinux

/// An address of the IPv4, IPv6 or Unix family.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The bytes of the family's sockaddr.
    let bytes: [UInt8]
    /// `192.0.2.1:25`, `[2001:db8::1]:25` or a path.
    public let description: String

    /// A Unix socket's path; nil where it is empty or too long (107 bytes at most, unix(7)).
    public init?(path: String) {
        var address = sockaddr_un()
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        let length = path.utf8.count
        guard length > 0, length < capacity, !path.utf8.contains(0) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        bytes = withUnsafeBytes(of: &address) { Array($0) }
        description = path
    }

    /// An IP address in its text form and a port; nil where the text is none.
    public init?(ip text: String, port: UInt16) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            bytes = withUnsafeBytes(of: &v4) { Array($0) }
            description = "\(text):\(port)"
        } else if inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            bytes = withUnsafeBytes(of: &v6) { Array($0) }
            description = "[\(text)]:\(port)"
        } else {
            return nil
        }
    }

    init?(_ info: addrinfo) {
        guard let address = info.ai_addr else { return nil }
        var host = [CChar](repeating: 0, count: 64)
        var port = [CChar](repeating: 0, count: 16)
        let flags = NI_NUMERICHOST | NI_NUMERICSERV
        let result = getnameinfo(
            address, info.ai_addrlen, &host, socklen_t(host.count), &port, socklen_t(port.count), flags)
        guard result == 0 else { return nil }
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
        let name = text(of: host)
        description = info.ai_family == AF_INET6 ? "[\(name)]:\(text(of: port))" : "\(name):\(text(of: port))"
    }

    /// The IP address itself in network order, 4 or 16 bytes; nil for a path.
    public var ipBytes: [UInt8]? {
        switch family {
        case AF_INET: Array(bytes[4..<8])
        case AF_INET6: Array(bytes[8..<24])
        default: nil
        }
    }

    public var isIPv6: Bool { family == AF_INET6 }

    var family: Int32 {
        bytes.withUnsafeBytes { Int32($0.loadUnaligned(as: sa_family_t.self)) }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        bytes.withUnsafeBytes { raw in
            withUnsafeTemporaryAllocation(of: sockaddr_storage.self, capacity: 1) { storage in
                let copy = UnsafeMutableRawBufferPointer(storage)
                copy.copyMemory(from: raw)
                let address = UnsafeRawPointer(storage.baseAddress.unsafelyUnwrapped)
                return body(address.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
            }
        }
    }
}

/// A C string's text, up to its NUL.
func text(of characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
