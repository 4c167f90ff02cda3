// Plays the server's part of a dialogue on real sockets, connection after connection, and collects
// where the client said something else.
import Glibc
import LinuxIO
import MailCore
import SMTPClient
import TLS

/// The server of one dialogue.
final class ScriptedServer: @unchecked Sendable {
    private let listener: Listener
    let endpoint: Endpoint
    private(set) var problems: [String] = []

    init(unix: Bool, on loop: EventLoop) throws {
        if unix {
            let path = "/tmp/smarthost-test-\(getpid())-\(UInt64.random(in: 0 ... .max)).sock"
            listener = try Listener(path: path, user: nil, group: nil, mode: 0o600, on: loop)
            endpoint = .unix(path: path)
        } else {
            let (number, port) = Self.listenOnLoopback()
            listener = try Listener(inherited: number, on: loop)
            endpoint = .host("127.0.0.1", port: port)
        }
    }

    /// A listening TCP socket on a port that the system chooses.
    static func listenOnLoopback() -> (descriptor: Int32, port: UInt16) {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = Glibc.bind(number, address, length)
                _ = listen(number, 16)
                _ = getsockname(number, address, &length)
            }
        }
        return (number, UInt16(bigEndian: address.sin_port))
    }

    /// Plays all connections; returns after the last, or when `stop` was called.
    func play(_ connections: [[ScriptedDialogue.Line]]) async {
        for (index, lines) in connections.enumerated() {
            guard let socket = try? await listener.accept() else {
                problems.append("connection \(index + 1) was never made")
                return
            }
            let player = DialoguePlayer(socket)
            if let problem = await player.play(lines) {
                problems.append("connection \(index + 1): \(problem)")
            }
            socket.close()
        }
    }

    func stop() { listener.close() }
}

/// One connection's server side.
private final class DialoguePlayer {
    private let socket: StreamSocket
    private var tls: TLSSession?
    private var buffer: [UInt8] = []
    private var trickles = false
    /// What the client said last.
    private var lastLine = ""

    struct Mismatch: Error { let text: String }

    init(_ socket: StreamSocket) { self.socket = socket }

    /// Nil where the client kept to the script.
    func play(_ lines: [ScriptedDialogue.Line]) async -> String? {
        do {
            for line in lines { try await play(line) }
            try? await flush(closing: true)
            return nil
        } catch let mismatch as Mismatch {
            return mismatch.text
        } catch {
            return "\(error)"
        }
    }

    private func play(_ line: ScriptedDialogue.Line) async throws {
        switch line {
        case .send(let bytes): try await send(bytes)
        case .sendRepeatedly(let count, let bytes):
            // A client that has had enough hangs up, and that is as it should be.
            try? await send(bytes, times: count)
        case .expect(let text):
            let line = try await nextLine()
            if line != text { throw Mismatch(text: "expected C: \(text), got \(line)") }
        case .expectMatch(let pattern):
            let line = try await nextLine()
            if try Regex(pattern).wholeMatch(in: line) == nil {
                throw Mismatch(text: "expected C~ \(pattern), got \(line)")
            }
        case .expectNothingMore:
            if !buffer.isEmpty { throw Mismatch(text: "the client did not wait: \(buffer.count) bytes more") }
        case .expectContent: while try await nextLine() != "." {}
        case .expectBytes(let count):
            while buffer.count < count {
                let bytes = try await read()
                if bytes.isEmpty { throw Mismatch(text: "the client ended the connection") }
                buffer += bytes
            }
            buffer.removeFirst(count)
        case .expectEnd: try await readToEnd()
        case .expectCut: while let bytes = try? await read(), !bytes.isEmpty {}
        case .close: socket.close()
        case .expectSomething:
            if buffer.isEmpty { _ = try await read() }
            buffer = []
        case .startTLS(let certificate, let demandsOne):
            try await startTLS(as: certificate, demandsOne: demandsOne)
        case .startTLSInVain(let certificate, let demandsOne):
            try await startTLSInVain(as: certificate, demandsOne: demandsOne)
        case .oneByteAtATime: trickles = true
        case .challengeWithSCRAM(let iterations): try await challengeWithSCRAM(iterations)
        }
    }

    private func challengeWithSCRAM(_ iterations: Int) async throws {
        let response = lastLine.split(separator: " ").last.flatMap { Base64.decode(Array($0.utf8)) } ?? []
        let attributes = String(decoding: response, as: UTF8.self).split(separator: ",")
        guard let nonce = attributes.last(where: { $0.hasPrefix("r=") }) else {
            throw Mismatch(text: "no nonce of SCRAM in \(lastLine)")
        }
        let challenge = "\(nonce)server,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=\(iterations)"
        try await send(Array("334 ".utf8) + Base64.encode(Array(challenge.utf8)) + [13, 10])
    }

    private func readToEnd() async throws {
        while let bytes = try? await read(), !bytes.isEmpty { buffer += bytes }
        if !buffer.isEmpty, buffer != Array("QUIT\r\n".utf8) {
            throw Mismatch(text: "expected the end, got \(String(decoding: buffer, as: UTF8.self))")
        }
    }

    private func nextLine() async throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let line = buffer[..<end]
                guard line.last == 13 else { throw Mismatch(text: "a line without CR") }
                let text = String(decoding: line.dropLast(), as: UTF8.self)
                lastLine = text
                buffer.removeSubrange(...end)
                return text
            }
            let bytes = try await read()
            if bytes.isEmpty { throw Mismatch(text: "the client ended the connection") }
            buffer += bytes
        }
    }

    private func read() async throws -> [UInt8] {
        while true {
            if let tls {
                switch try tls.decrypt(upTo: 65_536) {
                case .bytes(let bytes): return bytes
                case .closed: return []
                case .needsInput: break
                }
            }
            let input = try await socket.read(until: .after(.seconds(20)))
            guard let tls, !input.isEmpty else { return input }
            tls.receive(input)
        }
    }

    /// Many in one write, and never all of them in memory.
    private func send(_ bytes: [UInt8], times count: Int) async throws {
        let perBlock = min(count, max(1, 65_536 / max(1, bytes.count)))
        let block = Array(repeatElement(bytes, count: perBlock).joined())
        for _ in 0..<count / perBlock { try await send(block) }
        try await send(Array(repeatElement(bytes, count: count % perBlock).joined()))
    }

    private func send(_ bytes: [UInt8]) async throws {
        if trickles {
            for byte in bytes { try await sendAtOnce([byte]) }
        } else {
            try await sendAtOnce(bytes)
        }
    }

    private func sendAtOnce(_ bytes: [UInt8]) async throws {
        guard let tls else { return try await socket.write(bytes, until: .after(.seconds(20))) }
        try tls.encrypt(bytes)
        try await flush()
    }

    private func startTLSInVain(as certificate: String, demandsOne: Bool) async throws {
        do {
            try await startTLS(as: certificate, demandsOne: demandsOne)
        } catch let failure as TLSFailure {
            // Our own alert, for a client without a certificate.
            if demandsOne {
                try await flush()
                tls = nil
                return
            }
            guard case .alert = failure.kind else { throw failure }
            return
        }
        throw Mismatch(text: "the handshake was accepted")
    }

    private func startTLS(as certificate: String, demandsOne: Bool) async throws {
        let context = try TLSServerContext(
            certificateFile: certificatePath(certificate),
            keyFile: dialoguesFolder + "/certificates/relay.key",
            clientAuthorities: demandsOne ? certificatePath("authority") : nil)
        let session = try TLSSession(server: context)
        tls = session
        // The client may have sent its part behind STARTTLS already.
        session.receive(buffer)
        buffer = []
        while try !session.handshake() {
            try await flush()
            let input = try await socket.read(until: .after(.seconds(20)))
            if input.isEmpty { throw Mismatch(text: "the client ended the connection in the handshake") }
            session.receive(input)
        }
        try await flush()
    }

    private func flush(closing: Bool = false) async throws {
        guard let tls else { return }
        if closing { tls.close() }
        let output = tls.takeOutput()
        if !output.isEmpty { try await socket.write(output, until: .after(.seconds(20))) }
    }
}

func certificatePath(_ name: String) -> String { "\(dialoguesFolder)/certificates/\(name).crt" }

/// Where the dialogues lie, beside this test's folder.
let dialoguesFolder: String = {
    let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    return "/\(here)/Dialogues"
}()
