// One connection on the submission socket: who it is, which dialect it speaks, and the way to the
// verdict. Both dialects hand their bytes to the same intake.
internal import LinuxIO
internal import MailLog
internal import SubmissionWire

struct SubmissionConnection {
    private let socket: StreamSocket
    private let office: SubmissionOffice
    /// What was read and is not used yet.
    private var buffer: ArraySlice<UInt8> = []

    /// A program that computes for an hour before it writes its mail is patient; so is the daemon.
    private static let patience: Duration = .seconds(3600)
    /// How long one that has connected may take to say its first word; shims say theirs at once.
    private static let firstWordTime: Duration = .seconds(300)
    /// How long a caller may take to read its verdict.
    private static let answerTime: Duration = .seconds(60)
    /// How long the rest of a refused message is still read, so that the caller can read the refusal.
    private static let drainTime: Duration = .seconds(10)

    init(_ socket: StreamSocket, office: SubmissionOffice) {
        self.socket = socket
        self.office = office
    }

    /// Serves the connection to its end.
    mutating func serve() async {
        var caller: Caller?
        var dialect: Dialect?
        do throws(SubmissionFailure) {
            dialect = try await detectDialect()
            guard let dialect else { return }
            let (identity, isPermitted) = await office.identify(try credentials())
            caller = identity
            if !isPermitted { throw .notPermitted(identity) }
            switch dialect {
            case .unsupported(let version): throw .refused(.unsupportedVersion(version))
            case .framed: try await serveFramed(identity)
            case .raw: try await serveRaw(identity)
            }
        } catch {
            await end(with: error, caller, isRaw: dialect == .raw)
        }
    }

    /// Nil where the peer closed without a byte, as somebody does who only looks whether we are here.
    private mutating func detectDialect() async throws(SubmissionFailure) -> Dialect? {
        var atEnd = false
        while true {
            if atEnd && buffer.isEmpty { return nil }
            if let dialect = Dialect.detect(buffer, atEnd: atEnd) {
                if dialect == .framed { buffer = buffer.dropFirst(Frame.preamble.count) }
                return dialect
            }
            atEnd = try await !readMore(within: Self.firstWordTime)
        }
    }

    private func credentials() throws(SubmissionFailure) -> PeerCredentials {
        do throws(SystemError) {
            return try socket.peerCredentials()
        } catch {
            throw .aborted(error.description)
        }
    }

    // MARK: Framed: our shim and smarthostctl

    private mutating func serveFramed(_ caller: Caller) async throws(SubmissionFailure) {
        var decoder = SubmissionDecoder()
        guard case .request(let request) = try await nextEvent(&decoder) else { throw Self.incomplete }
        if request.command == .submit {
            let verdict = try await receive(request, from: caller) { connection throws(SubmissionFailure) in
                guard case .data(let piece) = try await connection.nextEvent(&decoder) else { return nil }
                return piece
            }
            // Accepted it is, whether or not the caller is still there to hear it.
            try? await write(verdict.encoded())
            return
        }
        guard case .end = try await nextEvent(&decoder) else { throw Self.incomplete }
        try await office.answer(request, from: caller) { frames throws(SubmissionFailure) in
            try await write(frames)
        }
    }

    private mutating func nextEvent(
        _ decoder: inout SubmissionDecoder
    ) async throws(SubmissionFailure) -> SubmissionDecoder.Event {
        while true {
            do throws(WireError) {
                if let event = try decoder.next(&buffer) { return event }
            } catch {
                throw .refused(.refusing(error))
            }
            guard try await readMore() else { throw Self.incomplete }
        }
    }

    private static let incomplete = SubmissionFailure.aborted(
        "it ended before its end mark; nothing was stored")

    // MARK: Raw: socat and its like

    /// The message is its own envelope, as with msmtp's `-t --read-envelope-from`. Success is silent: what
    /// the old pipeline's clients print may end up in a web page.
    private mutating func serveRaw(_ caller: Caller) async throws(SubmissionFailure) {
        var request = SubmissionRequest(.submit)
        request.recipientsFromHeader = true
        let verdict = try await receive(request, from: caller) { connection throws(SubmissionFailure) in
            if connection.buffer.isEmpty, try await !connection.readMore() { return nil }
            defer { connection.buffer = [] }
            return connection.buffer
        }
        // Not delivered yet, perhaps, but accepted: no refusal.
        if verdict.exitCode != .ok { try? await write(Self.line(verdict)) }
    }

    private static func line(_ verdict: Verdict) -> [UInt8] {
        Array("smarthost: \(String(decoding: verdict.text, as: UTF8.self))\n".utf8)
    }

    // MARK: Both

    private mutating func receive(
        _ request: SubmissionRequest, from caller: Caller,
        _ nextPiece: (inout SubmissionConnection) async throws(SubmissionFailure) -> ArraySlice<UInt8>?
    ) async throws(SubmissionFailure) -> Verdict {
        var intake = office.beginMessage()
        do throws(SubmissionFailure) {
            while let piece = try await nextPiece(&self) { try await intake.take(piece) }
            return try await office.accept(&intake, request, from: caller)
        } catch {
            await intake.discard()
            throw error
        }
    }

    /// Reads what has arrived; false at the end of the input.
    private mutating func readMore(within time: Duration = patience) async throws(SubmissionFailure) -> Bool {
        do throws(IOFailure) {
            let bytes = try await socket.read(until: .after(time))
            if bytes.isEmpty { return false }
            buffer = buffer.isEmpty ? bytes[...] : buffer + bytes
            return true
        } catch {
            throw SubmissionFailure(error)
        }
    }

    private func write(_ bytes: [UInt8]) async throws(SubmissionFailure) {
        do throws(IOFailure) {
            try await socket.write(bytes, until: .after(Self.answerTime))
        } catch {
            throw SubmissionFailure(error)
        }
    }

    private mutating func end(with failure: SubmissionFailure, _ caller: Caller?, isRaw: Bool) async {
        switch failure {
        case .aborted(let reason):
            office.logAborted(caller, reason)
            // To a raw caller silence means success.
            if isRaw { try? await write(Array("smarthost: \(reason); nothing was sent\n".utf8)) }
        case .refused(let verdict):
            office.logRefused(caller, verdict)
            try? await write(isRaw ? Self.line(verdict) : verdict.encoded())
            await drain()
        }
    }

    /// Closing a socket with unread input resets it, and the caller would not see why.
    private func drain() async {
        socket.shutDownWriting()
        let deadline = Deadline.after(Self.drainTime)
        while let rest = try? await socket.read(until: deadline), !rest.isEmpty, !deadline.hasPassed {}
    }
}
