// The daemon's side of the socket, played by the test. Nothing here waits for ever: the kernel ends
// a read or an accept that takes too long, and the test fails.

import Glibc
import SubmissionWire

/// A descriptor that closes itself, and whose reads end after a minute.
struct Socket: ~Copyable {
    let number: CInt

    init(_ number: CInt) {
        self.number = number
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(number) }
}

/// A Unix socket that is bound, and listens unless told otherwise.
struct ScriptedDaemon: ~Copyable {
    private let listener: Socket
    let path: String

    init(at path: String, listens: Bool = true, mode: mode_t = 0o666) throws {
        self.path = path
        listener = try Self.bound(to: path, mode)
        if listens { _ = listen(listener.number, 8) }
    }

    private static func bound(to path: String, _ mode: mode_t) throws -> Socket {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let listener = Socket(try check(socket(AF_UNIX, kind, 0), "socket"))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeBytes(of: &address) {
            let pointer = $0.assumingMemoryBound(to: sockaddr.self).baseAddress
            return bind(listener.number, pointer, size)
        }
        try check(result, "bind \(path)")
        try check(chmod(path, mode), "chmod")
        return listener
    }

    func accept() throws -> Connection {
        Connection(try check(Glibc.accept(listener.number, nil, nil), "accept"))
    }
}

/// One call's connection; closed when it goes out of scope.
struct Connection: ~Copyable {
    private let socket: Socket
    private var unread: ArraySlice<UInt8> = []
    private var decoder = SubmissionDecoder()
    private(set) var messageLength = 0
    private(set) var message: [UInt8] = []

    init(_ descriptor: CInt) {
        socket = Socket(descriptor)
    }

    /// Reads to the message's beginning.
    mutating func request() throws -> SubmissionRequest {
        while unread.count < Frame.preamble.count { try fill() }
        guard Dialect.detect(unread, atEnd: false) == .framed else { throw Failure("not framed") }
        unread = unread.dropFirst(Frame.preamble.count)
        guard case .request(let request) = try next() else { throw Failure("no request") }
        return request
    }

    /// Reads to the end mark; keeps the message only where it is small.
    mutating func readMessage() throws {
        while case .data(let bytes) = try next() {
            messageLength += bytes.count
            if messageLength <= 65_536 { message += bytes }
        }
    }

    /// Reads at least so much of the message.
    mutating func readMessage(atLeast length: Int) throws {
        while messageLength < length, case .data(let bytes) = try next() { messageLength += bytes.count }
    }

    /// Everything that still comes, undecoded.
    mutating func rest() throws -> [UInt8] {
        defer { unread = [] }
        return try unread + readAll(socket.number)
    }

    func answer(_ bytes: [UInt8]) throws {
        try check(send(socket.number, bytes, bytes.count, CInt(MSG_NOSIGNAL)), "send")
    }

    func answer(_ verdict: Verdict) throws { try answer(verdict.encoded()) }

    private mutating func next() throws -> SubmissionDecoder.Event {
        while true {
            if let event = try decoder.next(&unread) { return event }
            try fill()
        }
    }

    private mutating func fill() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = try check(read(socket.number, &buffer, buffer.count), "read")
        guard count > 0 else { throw Failure("the shim closed the connection") }
        unread += buffer[..<count]
    }
}
