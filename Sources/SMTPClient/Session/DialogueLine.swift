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
        try requireSilence(phase)
        for command in commands { transcript?.write(.sent, command.shown) }
        do throws(ConnectionLoss) {
            try await connection.write(commands.flatMap(\.bytes), until: deadline(phase))
        } catch {
            // Whoever closes may have said why: then the next read has its last words, or the end.
            if case .broken = error { return }
            throw failures.lost(error, phase)
        }
    }

    /// The next reply, whole, within the phase's time or a shorter one.
    func reply(
        in phase: DeliveryFailure.Phase, within limit: Duration? = nil
    ) async throws(DeliveryFailure) -> ServerReply {
        let deadline = limit.map(Deadline.after) ?? deadline(phase)
        while true {
            if let answer = try nextReply(phase) {
                transcript?.record(answer)
                return answer
            }
            do throws(ConnectionLoss) {
                let bytes = try await connection.read(until: deadline)
                parser.append(bytes.span)
            } catch {
                throw failures.lost(error, phase)
            }
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
