// Blocking sockets for the tests' side of a conversation. Nothing waits for ever: the kernel ends a read
// or a write that takes a minute. Throws TestFailure.
import Glibc

/// An address to connect to or to listen on.
public enum TestAddress: Sendable {
    /// 127.0.0.1; port 0 lets the kernel choose.
    case loopback(port: UInt16)
    case unix(path: String)

    var family: Int32 {
        switch self {
        case .loopback: AF_INET
        case .unix: AF_UNIX
        }
    }

    /// A socket bound there, not listening yet.
    func bound(_ type: __socket_type) throws -> Int32 {
        if case .unix(let path) = self { unlink(path) }
        let number = try check(socket(family, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0), "socket")
        var on: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        try check(withPointer { bind(number, $0, $1) }, "bind")
        return number
    }

    func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        switch self {
        case .loopback(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return Self.lend(&address, body)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
            return Self.lend(&address, body)
        }
    }

    private static func lend<Address, Value>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}

/// A connected stream socket, closed with its last holder.
public final class TestSocket: @unchecked Sendable {
    let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    deinit { close(descriptor) }

    public convenience init(connectingTo address: TestAddress) throws {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        self.init(try check(socket(address.family, type, 0), "socket"))
        try check(
            address.withPointer { connect(descriptor, $0, $1) }, "connect"
        )
    }

    /// Writes all of it; false where the peer is gone.
    @discardableResult
    public func write(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// Returns when the peer, on a Unix socket, has read all that was written.
    public func waitUntilRead() throws {
        for _ in 0..<1_000_000 {
            var waiting: Int32 = 0
            try check(ioctl(descriptor, UInt(TIOCOUTQ), &waiting), "ioctl")
            if waiting == 0 { return }
            sched_yield()
        }
        throw TestFailure("the peer does not read")
    }

    public func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Everything until the peer closes; what came so far where it breaks.
    public func readAll() -> [UInt8] {
        while let more = receiveMore() { unread += more }
        defer { unread = [] }
        return unread
    }

    /// One line without its CRLF or LF; nil at the end.
    func line() -> String? {
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                let line = unread[..<end]
                unread = Array(unread[(end + 1)...])
                return String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            }
            guard let more = receiveMore() else { return nil }
            unread += more
        }
    }

    /// The next bytes; nil at the end or when it breaks.
    func receive() -> [UInt8]? {
        if !unread.isEmpty {
            defer { unread = [] }
            return unread
        }
        return receiveMore()
    }

    func pushBack(_ bytes: [UInt8]) { unread = bytes + unread }

    private func receiveMore() -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 262_144) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, 262_144, 0))
        }
        return bytes.isEmpty ? nil : bytes
    }
}
