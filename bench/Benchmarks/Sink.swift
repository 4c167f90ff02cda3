// A relay that takes everything: ESMTP with PIPELINING, 8BITMIME, SIZE and STARTTLS. It counts a message when
// its final dot has come, keeps a sample of them, and says nothing at all where it is to be a silent one.
import LinuxIO
import TLS

/// Touched on the loop's thread only.
final class Sink: @unchecked Sendable {
    let port: UInt16
    private(set) var messages = 0
    private(set) var bytes = 0
    /// Messages that came without TLS.
    private(set) var plainMessages = 0
    private(set) var connections = 0
    /// One message of every `sampling`, its dots still stuffed.
    private(set) var samples: [[UInt8]] = []

    private let listener: Listener
    private let loop: EventLoop
    /// Nil for a relay that accepts connections and never greets.
    private let tls: TLSServerContext?
    private let arrived: Alarm
    private var open: [StreamSocket] = []
    private static let sampling = 250

    init(on loop: EventLoop, tls: TLSServerContext?) throws(BenchmarkFailure) {
        let (descriptor, port) = try listenOnLoopback()
        do throws(SystemError) { listener = try Listener(inherited: descriptor, on: loop) } catch {
            throw BenchmarkFailure("\(error)")
        }
        self.port = port
        self.loop = loop
        self.tls = tls
        arrived = Alarm(on: loop)
    }

    func start() {
        loop.spawn {
            while let socket = try? await self.listener.accept() {
                self.connections += 1
                self.open.append(socket)
                if let tls = self.tls { self.loop.spawn { await SinkConnection(socket, self, tls).serve() } }
            }
        }
    }

    func close() {
        listener.close()
        for socket in open { socket.close() }
    }

    /// Waits until so many messages have come; false where none came for half a minute.
    func wait(for count: Int) async -> Bool {
        while messages < count {
            let before = messages
            let deadline = Deadline.after(.seconds(30))
            while messages == before {
                if deadline.hasPassed { return false }
                await arrived.sleep(until: deadline)
            }
        }
        return true
    }

    fileprivate func take(_ message: [UInt8], isProtected: Bool) {
        if messages % Self.sampling == 0 { samples.append(message) }
        if !isProtected { plainMessages += 1 }
        bytes += message.count
        messages += 1
        arrived.ring()
    }
}

/// One session; whatever is wrong ends it.
private final class SinkConnection {
    private let socket: StreamSocket
    private let sink: Sink
    private let context: TLSServerContext
    private var session: TLSSession?
    private var input: [UInt8] = []

    init(_ socket: StreamSocket, _ sink: Sink, _ context: TLSServerContext) {
        self.socket = socket
        self.sink = sink
        self.context = context
    }

    func serve() async {
        do {
            try await write("220 sink.example ESMTP\r\n")
            while try await readMore() {
                let replies = try await answers()
                if !replies.isEmpty { try await write(replies) }
            }
        } catch {}  // the messages that are missing will be missed
        socket.close()
    }

    /// The replies to the whole lines in the input; all of a pipelined group in one write.
    private func answers() async throws -> String {
        var replies = ""
        while let end = input.firstIndex(of: 0x0A) {
            let line = String(decoding: input[..<end], as: UTF8.self)
            input.removeFirst(end + 1)
            switch line.prefix(4).uppercased() {
            case "EHLO":
                replies += "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                replies += session == nil ? "250-STARTTLS\r\n" : ""
                replies += "250 SIZE 100000000\r\n"
            case "STAR":
                try await write("220 2.0.0 go ahead\r\n")
                try await startTLS()
            case "DATA":
                try await write(replies + "354 go ahead\r\n")
                replies = try await receiveContent() ? "250 2.0.0 taken\r\n" : ""
            case "QUIT": replies += "221 2.0.0 bye\r\n"
            default: replies += "250 2.0.0 ok\r\n"
            }
        }
        return replies
    }

    /// The client waits for the reply to the final dot, so that nothing stands behind it.
    private func receiveContent() async throws -> Bool {
        while !input.suffix(5).elementsEqual("\r\n.\r\n".utf8) {
            guard try await readMore() else { return false }
        }
        sink.take(input, isProtected: session != nil)
        input = []
        return true
    }

    private func startTLS() async throws {
        let session = try TLSSession(server: context)
        while try !session.handshake() {
            try await flush(session)
            session.receive(try await socket.read(until: .after(.seconds(30))))
        }
        try await flush(session)
        self.session = session
    }

    /// False at the end of the connection.
    private func readMore() async throws -> Bool {
        while true {
            if let session, case .bytes(let bytes) = try session.decrypt(upTo: 65_536) {
                input += bytes
                return true
            }
            let bytes = try await socket.read(until: .never)
            if bytes.isEmpty { return false }
            guard let session else {
                input += bytes
                return true
            }
            session.receive(bytes)
        }
    }

    private func write(_ text: String) async throws {
        guard let session else { return try await socket.write(text.utf8, until: .never) }
        try session.encrypt(Array(text.utf8))
        try await flush(session)
    }

    private func flush(_ session: TLSSession) async throws {
        let output = session.takeOutput()
        if !output.isEmpty { try await socket.write(output, until: .never) }
    }
}
