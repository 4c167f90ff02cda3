// The line between the dialogue machines and a connection: commands out, replies in, each within its
// time. Throws DeliveryFailure with the phase in which it happened.
internal import LinuxIO
internal import MailCore
internal import TLS

/// A connection on which replies follow commands. Touched on the loop's thread only.
final class DialogueLine {
    let connection: RelayConnection
    let transcript: Transcript?
    private let route: Route
    private let failures: RelayFailures
    private var parser = ReplyParser()
    /// What the relay may still say, in bytes: so much at all, and so much more for each command. Each
    /// reply has its own limit; this one keeps ten thousand long ones from filling the memory.
    private var allowance = 262_144
    private static let allowancePerCommand = 4_096

    /// Content goes out in blocks of this size, each with its own time limit.
    static let blockSize = 65_536

    init(_ connection: RelayConnection, route: Route, transcript: Transcript?) {
        self.connection = connection
        self.route = route
        self.transcript = transcript
        failures = RelayFailures(route: route)
    }

    /// Sends commands in one write. Nothing may have come that answers none of those before.
    func send(_ commands: [Command]) async throws(DeliveryFailure) {
        guard let phase = commands.first?.phase else { return }
        try announce(commands)
        try await write(commands.flatMap(\.bytes), in: phase)
    }

    /// Sends commands, the last of which is BDAT, and the chunk in one write, or a few where it is large.
    /// False where the connection broke before all of it was out.
    func send(
        _ commands: [Command], chunk: ArraySlice<UInt8>
    ) async throws(DeliveryFailure) -> Bool {
        try announce(commands)
        if let transcript {
            var shown = ContentTranscript(transcript)
            shown.record(chunk)
            shown.finish("content")
        }
        var rest = chunk.dropFirst(Self.blockSize)
        var isWhole = try await write(
            commands.flatMap(\.bytes) + chunk.prefix(Self.blockSize), in: .content)
        while isWhole, !rest.isEmpty {
            isWhole = try await write(rest.prefix(Self.blockSize), in: .content)
            rest = rest.dropFirst(Self.blockSize)
        }
        return isWhole
    }

    private func announce(_ commands: [Command]) throws(DeliveryFailure) {
        if let phase = commands.first?.phase { try requireSilence(phase) }
        allowance += commands.count * Self.allowancePerCommand
        for command in commands { transcript?.write(.sent, command.shown) }
    }

    /// False where the connection broke. Whoever closes may have said why: then the next read has its last
    /// words, or the end.
    @discardableResult
    private func write(
        _ bytes: some Collection<UInt8>, in phase: DeliveryFailure.Phase
    ) async throws(DeliveryFailure) -> Bool {
        do throws(ConnectionLoss) {
            try await connection.write(bytes, until: deadline(phase))
            return true
        } catch {
            if case .broken = error { return false }
            throw failures.lost(error, phase)
        }
    }

    /// The next reply, whole, within the phase's time or the given one. Where none comes, that is a failure
    /// of `blamed`, which may be a later phase than the one that the reply is for.
    func reply(
        in phase: DeliveryFailure.Phase, within limit: Duration? = nil,
        blaming blamed: DeliveryFailure.Phase? = nil
    ) async throws(DeliveryFailure) -> ServerReply {
        let deadline = limit.map(Deadline.after) ?? deadline(phase)
        let blamed = blamed ?? phase
        while true {
            if let answer = try nextReply(blamed) {
                transcript?.record(answer)
                return answer
            }
            let bytes: [UInt8]
            do throws(ConnectionLoss) {
                bytes = try await connection.read(until: deadline)
            } catch {
                throw failures.lost(error, blamed)
            }
            allowance -= bytes.count
            if allowance < 0 { throw failures.saysTooMuch(blamed) }
            parser.append(bytes.span)
        }
    }

    private func nextReply(_ phase: DeliveryFailure.Phase) throws(DeliveryFailure) -> ServerReply? {
        do throws(ReplyProblem) { return try parser.next() } catch { throw failures.garbled(error, phase) }
    }

    /// Whether nothing came that nobody asked for.
    var isSilent: Bool { parser.isEmpty }

    /// Throws where something came that nobody asked for. A 421 among it says why the relay leaves.
    func requireSilence(_ phase: DeliveryFailure.Phase) throws(DeliveryFailure) {
        if isSilent { return }
        if phase != .startTLS, let answer = try nextReply(phase), answer.reply.code == 421 {
            transcript?.record(answer)
            throw failures.refused(answer.reply, phase)
        }
        throw failures.strayInput(phase)
    }

    /// Makes the handshake. Whatever came in plain text behind the reply to STARTTLS is not the relay's
    /// word under TLS (RFC 3207 4.2).
    func startTLS(_ context: TLSContext, name: String) async throws(DeliveryFailure) {
        try requireSilence(.startTLS)
        do throws(ConnectionLoss) {
            try await connection.startTLS(context, name: name, until: deadline(.tlsHandshake))
        } catch {
            throw failures.lost(error, .tlsHandshake)
        }
        guard let summary = connection.tlsSummary else { return }
        let doubt =
            context.settings.verifiesCertificate ? "" : ", whoever it is: the certificate was not checked"
        transcript?.write(.note, "secured by \(summary)\(doubt)")
    }

    /// Sends content block by block.
    func send(content: ArraySlice<UInt8>) async throws(DeliveryFailure) {
        var rest = content
        while !rest.isEmpty {
            let block = rest.prefix(Self.blockSize)
            rest = rest.dropFirst(block.count)
            do throws(ConnectionLoss) {
                try await connection.write(block, until: deadline(.content))
            } catch {
                throw failures.lost(error, .content)
            }
        }
    }

    private func deadline(_ phase: DeliveryFailure.Phase) -> Deadline { .after(route.timeouts.limit(phase)) }
}
