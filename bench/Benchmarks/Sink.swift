// A relay that takes everything: ESMTP with PIPELINING, CHUNKING, 8BITMIME, SIZE and STARTTLS. It counts a message
// when its last byte has come, keeps a sample of them, counts round trips, and greets nobody until it is opened.
import LinuxIO
import MailCore
import TLS

/// Touched on the loop's thread only.
final class Sink: @unchecked Sendable {
    let port: UInt16
    private(set) var messages = 0
    private(set) var bytes = 0
    /// Messages that came without TLS.
    private(set) var plainMessages = 0
    private(set) var connections = 0
    /// Answers: greeting, replies that went together, and the server's part of the TLS handshake. At a distance each
    /// is one that the client waited for; near by, what it wrote in pieces may have got several.
    private(set) var roundTrips = 0
    /// Of the TLS handshakes, how many took up an earlier session again.
    private(set) var resumptions = 0
    /// The last one's protocol and cipher.
    private(set) var protection = "no TLS"
    /// One message of every `sampling`.
    private(set) var samples: [[UInt8]] = []

    private let listener: Listener
    private let loop: EventLoop
    private let tls: TLSServerContext
    /// How far away it is: each answer comes when the client has been silent for so long.
    let roundTripTime: Duration
    private let arrived: Alarm
    private var sockets: [StreamSocket] = []
    private var isOpen = false
    private static let sampling = 250

    /// Accepts connections from the start.
    init(
        on loop: EventLoop, tls: TLSServerContext, roundTripTime: Duration = .zero
    ) throws(BenchmarkFailure) {
        let (descriptor, port) = try listenOnLoopback()
        do throws(SystemError) { listener = try Listener(inherited: descriptor, on: loop) } catch {
            throw BenchmarkFailure("\(error)")
        }
        self.port = port
        self.loop = loop
        self.tls = tls
        self.roundTripTime = roundTripTime
        arrived = Alarm(on: loop)
        loop.spawn { await self.accept() }
    }

    private func accept() async {
        while let socket = try? await listener.accept() {
            connections += 1
            sockets.append(socket)
            if isOpen { serve(socket) }
        }
    }

    private func serve(_ socket: StreamSocket) {
        loop.spawn { await SinkConnection(socket, self, self.tls, self.loop).serve() }
    }

    /// Greets those that wait, and from now on everybody.
    func open() {
        isOpen = true
        for socket in sockets { serve(socket) }
    }

    func close() {
        listener.close()
        for socket in sockets { socket.close() }
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

    /// The content as it came by DATA is dot-stuffed, with its end mark; by BDAT it is not.
    fileprivate func take(_ content: [UInt8], isStuffed: Bool, isProtected: Bool) {
        if messages % Self.sampling == 0 { samples.append(isStuffed ? unstuffed(content) : content) }
        if !isProtected { plainMessages += 1 }
        bytes += content.count
        messages += 1
        arrived.ring()
    }

    fileprivate func countRoundTrip() { roundTrips += 1 }

    fileprivate func count(_ session: TLSSession) {
        if session.isResumed { resumptions += 1 }
        protection = session.summary
    }
}

/// One session; whatever is wrong ends it.
private final class SinkConnection {
    private let socket: StreamSocket
    private let sink: Sink
    private let context: TLSServerContext
    private let loop: EventLoop
    private var session: TLSSession?
    private var input: [UInt8] = []
    private var chunks: [UInt8] = []
    /// To what was taken from the input; not sent while half a command or half a chunk stands there.
    private var replies = ""

    init(_ socket: StreamSocket, _ sink: Sink, _ context: TLSServerContext, _ loop: EventLoop) {
        self.socket = socket
        self.sink = sink
        self.context = context
        self.loop = loop
    }

    func serve() async {
        do {
            replies = "220 sink.example ESMTP\r\n"
            try await answer()
            while try await readMore() {
                while try await takeCommand() {}
                if input.isEmpty, sink.roundTripTime == .zero { try await sendReplies() }
            }
        } catch {}  // the messages that are missing will be missed
        socket.close()
    }

    /// False where the input holds no whole command.
    private func takeCommand() async throws -> Bool {
        guard let end = input.firstIndex(of: ASCII.lf) else { return false }
        let line = String(decoding: input[..<end], as: UTF8.self)
        let verb = line.prefix(4).uppercased()
        if verb == "BDAT" { return takeChunk(line, at: end + 1) }
        input.removeFirst(end + 1)
        switch verb {
        case "EHLO":
            replies += "250-sink.example\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-8BITMIME\r\n"
            replies += (session == nil ? "250-STARTTLS\r\n" : "") + "250 SIZE 100000000\r\n"
        case "STAR":
            replies += "220 2.0.0 go ahead\r\n"
            try await answer()
            try await startTLS()
        case "DATA":
            replies += "354 go ahead\r\n"
            try await answer()
            try await takeContent()
        case "QUIT": replies += "221 2.0.0 bye\r\n"
        default: replies += "250 2.0.0 ok\r\n"
        }
        return true
    }

    /// False until all of the chunk is there (RFC 3030 2).
    private func takeChunk(_ line: String, at start: Int) -> Bool {
        let words = line.split(whereSeparator: \.isWhitespace)
        let size = words.count > 1 ? Int(words[1]) ?? 0 : 0
        guard input.count >= start + size else { return false }
        chunks += input[start..<(start + size)]
        input.removeFirst(start + size)
        if words.count > 2 {
            sink.take(chunks, isStuffed: false, isProtected: session != nil)
            chunks = []
        }
        replies += "250 2.0.0 taken\r\n"
        return true
    }

    /// A client may send QUIT right behind the final dot.
    private func takeContent() async throws {
        var searched = 0
        while true {
            if let end = endOfContent(from: searched) {
                sink.take(Array(input[..<end]), isStuffed: true, isProtected: session != nil)
                input.removeFirst(end)
                replies += "250 2.0.0 taken\r\n"
                return
            }
            searched = max(0, input.count - 4)
            guard try await readMore() else { throw IOFailure.closed }
        }
    }

    private func endOfContent(from start: Int) -> Int? {
        let mark = Array("\r\n.\r\n".utf8)
        guard input.count >= mark.count else { return nil }
        if input.suffix(mark.count).elementsEqual(mark) { return input.count }
        var index = start
        while let dot = input[index...].firstIndex(of: UInt8(ascii: ".")), dot + 3 <= input.count {
            if dot >= 2, input[(dot - 2)..<(dot + 3)].elementsEqual(mark) { return dot + 3 }
            index = dot + 1
        }
        return nil
    }

    private func startTLS() async throws {
        let session = try TLSSession(server: context)
        while try !session.handshake() {
            let output = session.takeOutput()
            if !output.isEmpty {
                sink.countRoundTrip()
                await travel()
                try await socket.write(output, until: .never)
            }
            session.receive(try await socket.read(until: .after(.seconds(30))))
        }
        // Tickets: nobody waits for them.
        try await flush(session)
        self.session = session
        sink.count(session)
    }

    /// False at the end of the connection.
    private func readMore() async throws -> Bool {
        while true {
            if let session, case .bytes(let bytes) = try session.decrypt(upTo: 65_536) {
                input += bytes
                return true
            }
            let bytes = try await read()
            if bytes.isEmpty { return false }
            guard let session else {
                input += bytes
                return true
            }
            session.receive(bytes)
        }
    }

    /// Whoever says no more for the time of a round trip waits for an answer: a pipelined group may come in pieces.
    private func read() async throws -> [UInt8] {
        if input.isEmpty, !replies.isEmpty {
            do throws(IOFailure) { return try await socket.read(until: .after(sink.roundTripTime)) } catch {
                guard error == .timedOut else { throw error }
                try await sendReplies()
            }
        }
        return try await socket.read(until: .never)
    }

    private func travel() async {
        if sink.roundTripTime > .zero { await Alarm(on: loop).sleep(until: .after(sink.roundTripTime)) }
    }

    /// To something that a client has to wait for before it says more.
    private func answer() async throws {
        await travel()
        try await sendReplies()
    }

    private func sendReplies() async throws {
        guard !replies.isEmpty else { return }
        let bytes = Array(replies.utf8)
        replies = ""
        sink.countRoundTrip()
        guard let session else { return try await socket.write(bytes, until: .never) }
        try session.encrypt(bytes)
        try await flush(session)
    }

    private func flush(_ session: TLSSession) async throws {
        let output = session.takeOutput()
        if !output.isEmpty { try await socket.write(output, until: .never) }
    }
}

/// Without the end mark and the dots that were doubled (RFC 5321 4.5.2).
private func unstuffed(_ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    let dot = UInt8(ascii: ".")
    for line in content.dropLast(3).split(separator: ASCII.lf, omittingEmptySubsequences: false) {
        result += line.first == dot ? line.dropFirst() : line
        result.append(ASCII.lf)
    }
    return result.dropLast()
}
