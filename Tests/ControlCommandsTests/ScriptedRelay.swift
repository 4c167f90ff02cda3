// A relay on loopback that says what a test wants, for one connection.
import Glibc
import LinuxIO
import TLS

/// `@unchecked Sendable`: touched on the loop's thread only.
final class ScriptedRelay: @unchecked Sendable {
    enum Step: Sendable {
        case say(String)
        /// A line that begins so.
        case expect(String)
        /// Lines up to the final dot; they are kept in `content`.
        case content
        case startTLS
        /// Nothing, until the client has enough of it.
        case silence
    }

    let port: UInt16
    private(set) var content: [String] = []
    private let listener: Listener
    private var socket: StreamSocket?
    private var tls: TLSSession?
    private var buffer: [UInt8] = []

    struct Mismatch: Error { let text: String }

    init(on loop: EventLoop) throws {
        let (number, port) = Self.bound()
        _ = listen(number, 4)
        listener = try Listener(inherited: number, on: loop)
        self.port = port
    }

    /// A TCP socket on a port of the system's choice; until it listens, connections to it are refused.
    static func bound() -> (descriptor: Int32, port: UInt16) {
        let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = Glibc.bind(number, address, length)
                _ = getsockname(number, address, &length)
            }
        }
        return (number, UInt16(bigEndian: address.sin_port))
    }

    /// Connects a socket of `bound()` to a port of this host.
    static func connect(_ number: Int32, to port: UInt16) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Glibc.connect(number, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw SystemError("connect", number: errno) }
    }

    /// Nil where the client kept to the script; then it has closed too, or is closed on.
    func play(_ steps: [Step]) async -> String? {
        do {
            let socket = try await listener.accept()
            listener.close()
            self.socket = socket
            defer { socket.close() }
            for step in steps { try await play(step, socket) }
            tls?.close()
            try? await flush(socket)
            return nil
        } catch let mismatch as Mismatch {
            return mismatch.text
        } catch {
            return "\(error)"
        }
    }

    private func play(_ step: Step, _ socket: StreamSocket) async throws {
        switch step {
        case .say(let text):
            let bytes = Array("\(text.replacing("\n", with: "\r\n"))\r\n".utf8)
            guard let tls else { return try await socket.write(bytes, until: .after(.seconds(20))) }
            try tls.encrypt(bytes)
            try await flush(socket)
        case .expect(let start):
            let line = try await nextLine(socket)
            if !line.hasPrefix(start) { throw Mismatch(text: "expected \(start), got \(line)") }
        case .content:
            while case let line = try await nextLine(socket), line != "." { content.append(line) }
        case .startTLS: try await startTLS(socket)
        case .silence: while !(try await socket.read(until: .after(.seconds(20)))).isEmpty {}
        }
    }

    private func nextLine(_ socket: StreamSocket) async throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let line = String(decoding: buffer[..<end].dropLast(), as: UTF8.self)
                buffer.removeSubrange(...end)
                return line
            }
            if let tls, case .bytes(let bytes) = try tls.decrypt(upTo: 65_536) {
                buffer += bytes
                continue
            }
            let input = try await socket.read(until: .after(.seconds(20)))
            if input.isEmpty { throw Mismatch(text: "the client ended the connection") }
            if let tls { tls.receive(input) } else { buffer += input }
        }
    }

    private func startTLS(_ socket: StreamSocket) async throws {
        let session = try TLSSession(
            server: TLSServerContext(
                certificateFile: Self.certificate + ".crt", keyFile: Self.certificate + ".key"))
        tls = session
        do {
            while try !session.handshake() {
                try await flush(socket)
                let input = try await socket.read(until: .after(.seconds(20)))
                if input.isEmpty { return }
                session.receive(input)
            }
        } catch is TLSFailure {
            // The client refuses the certificate, which is what some tests are about.
        }
        try? await flush(socket)
    }

    private func flush(_ socket: StreamSocket) async throws {
        guard let output = tls?.takeOutput(), !output.isEmpty else { return }
        try await socket.write(output, until: .after(.seconds(20)))
    }

    /// Without `.crt` or `.key`; it is for relay.test.
    static let certificate =
        #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
        + "/Dialogues/certificates/relay"
}
