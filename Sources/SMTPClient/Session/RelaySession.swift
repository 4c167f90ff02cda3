// A session with a relay, ready for mail: one message after the other. It never throws for a message:
// what happened to each recipient is in the report.
internal import LinuxIO
internal import MailCore

/// An open session. One task at a time uses it, on the loop's thread.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class RelaySession: @unchecked Sendable {
    public let route: Route
    /// What the relay offers, as it said last; without what turned out not to be so.
    public private(set) var capabilities: Capabilities
    private let line: DialogueLine
    private let reportBrokenChunking: () -> Void

    /// The replies no longer match the commands, or the connection is gone.
    private var isOutOfStep = false
    /// The relay may hold a half-finished transaction.
    private var needsReset = false
    /// How many messages were tried over it.
    public private(set) var messages = 0

    /// `reportBrokenChunking` is called when BDAT turns out not to work with the relay.
    init(
        _ line: DialogueLine, route: Route, capabilities: Capabilities,
        reportBrokenChunking: @escaping () -> Void
    ) {
        self.line = line
        self.route = route
        self.capabilities = capabilities
        self.reportBrokenChunking = reportBrokenChunking
    }

    /// `TLSv1.3 TLS_AES_256_GCM_SHA384`; nil without TLS.
    public var tlsSummary: String? { line.connection.tlsSummary }

    /// Whether another message can go over it: the dialogue is in step, and the relay takes one more
    /// (RFC 9422 4.1).
    public var isReusable: Bool { !isOutOfStep && messages < capabilities.messageLimit ?? .max }

    /// Sends a message. `content` gives its bytes piece by piece, with CRLF line ends and before
    /// dot-stuffing, and nil at the end; it is called before MAIL where the message is to be sent in one
    /// write with its envelope, else when the relay has accepted a recipient. What it throws becomes every
    /// recipient's failure, and the relay gets no message. So do bytes that may not go on the wire, a bare
    /// CR, a bare LF or NUL: 5.6.0.
    public func deliver(
        _ message: OutgoingMessage, content: @escaping ContentSource
    ) async -> DeliveryReport {
        if !isReusable {
            let text = "\(route.endpoint): the session has ended"
            return DeliveryReport(
                DeliveryFailure(.transient, .relay, .connect, text),
                recipients: message.envelope.recipients.count)
        }
        messages += 1
        var transaction = MailTransaction(
            message, route: route, capabilities: capabilities, isVerified: isVerified, needsReset: needsReset)
        var feed = ContentFeed(content, failures: RelayFailures(route: route))
        do throws(DeliveryFailure) {
            while try await take(transaction.next(), &transaction, &feed) {}
        } catch {
            transaction.leave(error)
        }
        needsReset = transaction.needsReset
        if transaction.chunkingFailed {
            capabilities.forget("CHUNKING")
            reportBrokenChunking()
        }
        if transaction.isOutOfStep { abandon() }
        return transaction.report(takesMore: isReusable)
    }

    /// Carries out one step; false after the last.
    private func take(
        _ step: MailTransaction.Step, _ transaction: inout MailTransaction,
        _ feed: inout ContentFeed
    ) async throws(DeliveryFailure) -> Bool {
        switch step {
        case .send(let commands): try await line.send(commands)
        case .await(let phase): transaction.receive(try await reply(in: phase, transaction))
        case .readChunk(let limit): await readChunk(upTo: limit, &transaction, &feed)
        case .sendChunk(let commands):
            transaction.chunkSent(isWhole: try await line.send(commands, chunk: feed.chunk))
        case .sendContent:
            if let reply = try await send(&feed) {
                transaction.contentRefused(reply)
            } else {
                transaction.contentSent()
            }
        case .sendEmptyContent:
            var nothing = ContentFeed({ nil }, failures: RelayFailures(route: route))
            _ = try await send(&nothing)
            transaction.contentSent()
        case .finished: return false
        }
        return true
    }

    /// The next reply. A relay that has all of the message may take as long for any of them as for the last,
    /// since many answer only when they have done everything that they were sent.
    private func reply(
        in phase: DeliveryFailure.Phase, _ transaction: MailTransaction
    ) async throws(DeliveryFailure) -> Reply {
        guard transaction.contentIsOut else { return try await line.reply(in: phase).reply }
        let limit = max(route.timeouts.limit(phase), route.timeouts.endOfData)
        return try await line.reply(in: phase, within: limit, blaming: .endOfData).reply
    }

    private func readChunk(
        upTo limit: Int, _ transaction: inout MailTransaction, _ feed: inout ContentFeed
    ) async {
        do throws(DeliveryFailure) {
            let (size, isLast) = try await feed.nextChunk(upTo: limit)
            transaction.chunkRead(size, isLast: isLast)
        } catch {
            transaction.contentFailed(error)
        }
    }

    /// Sends the content and the final dot. Gives the reply of a relay that closed before it had all.
    private func send(_ feed: inout ContentFeed) async throws(DeliveryFailure) -> Reply? {
        try line.requireSilence(.content)
        var writer = ContentWriter(line)
        while let piece = try await feed.nextPiece() {
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

    /// Whether nobody reads along and the relay is who it should be.
    private var isVerified: Bool {
        guard line.connection.tlsSummary != nil else { return false }
        return switch route.security {
        case .plain, .opportunistic: false
        case .startTLS(let settings, _), .implicit(let settings, _): settings.verifiesCertificate
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
