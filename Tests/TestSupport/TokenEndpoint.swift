// A token endpoint of the test's own, over HTTPS on a free port of 127.0.0.1. Its certificate is made for each one and
// is its own issuer. Throws TestFailure.
import Glibc
import LinuxIO
import Synchronization
import TLS

import func CLinux.accept4

public final class TokenEndpoint: Sendable {
    /// Gives the bytes of an answer to a request's body; nil never answers.
    public typealias Handler = @Sendable (_ body: String) -> String?

    private struct State {
        var requests: [String] = []
        var handler: Handler
        /// Those that wait for an answer which does not come.
        var kept: [TestSocket] = []
        var listener: (descriptor: Int32, thread: Thread)?
    }

    private let folder: TemporaryFolder
    private let context: TLSServerContext
    private let state: Mutex<State>
    public let port: UInt16

    public init(_ handler: @escaping Handler) throws {
        folder = try TemporaryFolder()
        let (key, certificate) = (folder.file("key.pem"), folder.file("certificate.pem"))
        let arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj",
            "/CN=token", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
        let outcome = try Program("/usr/bin/openssl", arguments, in: folder).outcome()
        guard outcome.exitCode == 0 else { throw TestFailure("openssl: \(outcome.error)") }
        do { context = try TLSServerContext(certificateFile: certificate, keyFile: key) } catch {
            throw TestFailure("\(error)")
        }
        let descriptor = try TestAddress.loopback(port: 0).bound(SOCK_STREAM)
        try check(Glibc.listen(descriptor, 16), "listen")
        port = try boundPort(descriptor)
        state = Mutex(State(handler: handler))
        let thread = try Thread(named: "token") { [weak self] in
            while true {
                let number = accept4(descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
                guard number >= 0 else { return }
                self?.serve(TestSocket(number))
            }
        }
        state.withLock { $0.listener = (descriptor, thread) }
    }

    deinit {
        guard let listener = state.withLock({ $0.listener }) else { return }
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        listener.thread.join()
        close(listener.descriptor)
    }

    public var url: String { "https://127.0.0.1:\(port)/token" }
    /// By which it is known.
    public var trustFile: String { folder.file("certificate.pem") }
    /// The bodies that came.
    public var requests: [String] { state.withLock { $0.requests } }

    public func answer(_ handler: @escaping Handler) { state.withLock { $0.handler = handler } }

    /// An answer with a body of JSON.
    public static func json(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
            + body
    }

    private func serve(_ socket: TestSocket) {
        _ = try? Thread(named: "token") { [weak self] in self?.answer(on: socket) }
    }

    private func answer(on socket: TestSocket) {
        do {
            let session = try TLSSession(server: context)
            guard let body = try request(session, socket) else { return }
            let handler = state.withLock { state in
                state.requests.append(body)
                return state.handler
            }
            guard let answer = handler(body) else { return state.withLock { $0.kept.append(socket) } }
            try session.encrypt(answer.utf8)
            session.close()
            socket.write(session.takeOutput())
        } catch {
            // The client broke it off; its alert, if any, is on the way.
        }
    }

    /// The body of one request; nil where the client leaves before its end.
    private func request(_ session: TLSSession, _ socket: TestSocket) throws -> String? {
        var received: [UInt8] = []
        while true {
            while try session.handshake(), case .bytes(let bytes) = try session.decrypt(upTo: 65_536) {
                received += bytes
            }
            socket.write(session.takeOutput())
            if let body = Self.body(of: received) { return body }
            guard let more = socket.receive() else { return nil }
            session.receive(more)
        }
    }

    private static func body(of request: [UInt8]) -> String? {
        guard let end = request.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let head = String(decoding: request[..<end.lowerBound], as: UTF8.self).lowercased()
        let field = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        guard let length = field.flatMap({ Int($0.dropFirst(15).filter { $0 != " " }) }) else { return nil }
        let body = request[end.upperBound...]
        return body.count >= length ? String(decoding: body.prefix(length), as: UTF8.self) : nil
    }
}

/// The port that the kernel chose.
private func boundPort(_ descriptor: Int32) throws -> UInt16 {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    try check(result, "getsockname")
    return UInt16(bigEndian: address.sin_port)
}
