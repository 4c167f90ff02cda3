// A session with a relay, ready for mail: one message after the other. It never throws for a message:
// what happened to each recipient is in the report.
internal import LinuxIO
public import MailCore

/// An open session. One task at a time uses it, on the loop's thread.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class RelaySession: @unchecked Sendable {
    public let route: Route
    /// What the relay offers, as it said last.
    public let capabilities: Capabilities
    private let line: DialogueLine

    /// The replies no longer match the commands, or the connection is gone.
    private var isOutOfStep = false
    /// The relay may hold a half-finished transaction.
    private var needsReset = false
    /// How many messages were tried over it.
    public private(set) var messages = 0

    init(_ line: DialogueLine, route: Route, capabilities: Capabilities) {
        self.line = line
        self.route = route
        self.capabilities = capabilities
    }

    /// `TLSv1.3 TLS_AES_256_GCM_SHA384`; nil without TLS.
    public var tlsSummary: String? { line.connection.tlsSummary }

    /// Whether another message can go over it.
    public var isReusable: Bool { !isOutOfStep }

    /// Sends a message. `content` gives its bytes piece by piece, with CRLF line ends and before
    /// dot-stuffing, and nil at the end; it is first called when the relay has said 354. What it throws
    /// becomes every recipient's failure, and the relay gets nothing.
    public func deliver(
        _ message: OutgoingMessage, content: () async throws(DeliveryFailure) -> [UInt8]?
    ) async -> DeliveryReport {
        if isOutOfStep {
            let text = "\(route.endpoint): the session has ended"
            return DeliveryReport(
                DeliveryFailure(.transient, .relay, .connect, text),
                recipients: message.envelope.recipients.count)
        }
        messages += 1
        var transaction = MailTransaction(
            message, route: route, capabilities: capabilities, needsReset: needsReset)
        do throws(DeliveryFailure) {
            while try await take(transaction.next(), &transaction, content) {}
        } catch {
            transaction.leave(error)
        }
        needsReset = transaction.needsReset
        if transaction.isOutOfStep { abandon() }
        return transaction.report()
    }

    /// Carries out one step; false after the last.
    private func take(
        _ step: MailTransaction.Step, _ transaction: inout MailTransaction,
        _ content: () async throws(DeliveryFailure) -> [UInt8]?
    ) async throws(DeliveryFailure) -> Bool {
        switch step {
        case .send(let commands): try await line.send(commands)
        case .await(let phase): transaction.receive(try await line.reply(in: phase).reply)
        case .sendContent:
            if let reply = try await send(content) {
                transaction.contentRefused(reply)
            } else {
                transaction.contentSent()
            }
        case .sendEmptyContent:
            _ = try await send { () throws(DeliveryFailure) in nil }
            transaction.contentSent()
        case .finished: return false
        }
        return true
    }

    /// Sends the content and the final dot. Gives the reply of a relay that closed before it had all.
    private func send(
        _ content: () async throws(DeliveryFailure) -> [UInt8]?
    ) async throws(DeliveryFailure) -> Reply? {
        try line.requireSilence(.content)
        var writer = ContentWriter(line)
        while let piece = try await content() {
            if let reply = try await lastWords({ () throws(DeliveryFailure) in
                try await writer.write(piece)
            }) {
                return reply
            }
        }
        return try await lastWords { () throws(DeliveryFailure) in
            try await writer.finish()
        }
    }

    /// Does the sending. Where the relay is gone and had said why, that reply; else the failure is thrown.
    private func lastWords(
        _ sending: () async throws(DeliveryFailure) -> Void
    ) async throws(DeliveryFailure) -> Reply? {
        do throws(DeliveryFailure) {
            try await sending()
            return nil
        } catch {
            guard let answer = try? await line.reply(in: .content, within: route.timeouts.quit) else {
                throw error
            }
            return answer.reply
        }
    }

    /// Whether the relay is still there and answers. What may be left of a transaction is gone afterwards.
    public func probe() async -> Bool {
        guard await isAlive() else { return false }
        do throws(DeliveryFailure) {
            try await line.send([needsReset ? .reset : .noOperation])
            guard try await line.reply(in: .reset, within: route.timeouts.probe).reply.isSuccess else {
                abandon()
                return false
            }
            needsReset = false
            return true
        } catch {
            abandon()
            return false
        }
    }

    /// Whether the idle connection is there, as far as this side knows without asking.
    func isAlive() async -> Bool {
        if isOutOfStep { return false }
        if line.isSilent, await line.connection.isAlive() { return true }
        abandon()
        return false
    }

    /// Says QUIT, waits a moment for the reply (RFC 5321 4.1.1.10) and closes.
    public func quit() async {
        if isOutOfStep { return }
        isOutOfStep = true
        do throws(DeliveryFailure) {
            try await line.send([.quit])
            _ = try await line.reply(in: .reset, within: route.timeouts.quit)
        } catch {}  // it is the end in any case
        await line.connection.end(until: .after(route.timeouts.quit))
    }

    /// Closes without a word.
    public func abandon() {
        isOutOfStep = true
        line.connection.close()
    }
}
