// One message's way through the dialogue: MAIL, RCPT, then the content by DATA or BDAT, and the reply or
// replies to it (RFC 5321 3.3, RFC 2920, RFC 3030, RFC 2033). A value that says what to do next and is told
// what happened; the I/O is RelaySession's. Every recipient has exactly one outcome in the end.
//
// Content that is small enough to be held goes by BDAT in one write with MAIL and RCPT: one round trip. The
// relay may then have the message before it has answered anything, so from that write on a lost connection
// means "may have been delivered". RFC 3030 2 describes BDAT after the replies to RCPT were collected; a relay
// that minds it earlier gets DATA.
internal import MailCore

/// The transaction of one message.
struct MailTransaction {
    typealias Phase = DeliveryFailure.Phase

    enum Step: Equatable {
        /// Send all of them in one write; their replies are awaited one by one.
        case send([Command])
        case await(Phase)
        /// Read the content's next chunk, at most so long, then call `chunkRead` or `contentFailed`.
        case readChunk(upTo: Int)
        /// Send them, BDAT at the end, and the chunk in the same write, then call `chunkSent`.
        case sendChunk([Command])
        /// Send the content and its final dot, then call `contentSent`.
        case sendContent
        /// Send the final dot alone: no recipient was accepted, yet the relay asked for content.
        case sendEmptyContent
        case finished
    }

    /// What a command still to be sent, or a reply still to come, belongs to.
    private enum Item: Equatable {
        case reset, mail, recipient(Int), data, content, chunk, lastChunk, endOfData(Int?), emptyEnd
    }

    private let offer: EnvelopeOffer
    private let dialect: Dialect
    private let failures: RelayFailures

    private var unsent: ArraySlice<Item> = []
    private var awaited: ArraySlice<Item> = []
    private var outcomes: [DeliveryReport.Outcome?]
    private var accepted: [Int] = []
    private var mailIsAnswered = false

    /// BDAT rather than DATA. Without PIPELINING it would cost as many round trips.
    private var usesChunks: Bool
    /// The chunk that was read and not yet answered.
    private var chunk: (size: Int, isLast: Bool)?
    private var aChunkWasTaken = false

    /// The replies no longer match the commands, or the relay is leaving: close the connection.
    private(set) var isOutOfStep = false
    /// The relay may hold a half-finished transaction: RSET goes before the next one.
    private(set) var needsReset: Bool
    /// All of the content is on its way: whoever does not answer now may have it.
    private(set) var contentIsOut = false
    /// The relay offers CHUNKING, and BDAT does not work with it.
    private(set) var chunkingFailed = false
    private var sessionWasDead = false

    /// No more recipients go into one write, so that neither side fills its buffers with nobody reading
    /// (RFC 2920 3.1 warns of that deadlock).
    static let batchLimit = 100
    /// A message of this size is held in memory and goes with its envelope.
    static let wholeLimit = 65_536
    /// A larger one goes in chunks of this size.
    static let chunkLimit = 262_144

    init(
        _ message: OutgoingMessage, route: Route, capabilities: Capabilities, isVerified: Bool = false,
        needsReset: Bool
    ) {
        self.needsReset = needsReset
        dialect = route.dialect
        failures = RelayFailures(route: route)
        offer = EnvelopeOffer(
            message: message, capabilities: capabilities, failures: failures, isVerified: isVerified)
        outcomes = Array(repeating: nil, count: message.envelope.recipients.count)
        usesChunks = capabilities.hasChunking && capabilities.hasPipelining
        if let failure = offer.impossibility {
            fail(undecidedWith: failure)
        } else {
            outcomes = offer.recipientFailures().map { $0.map { .failed($0) } }
            plan(reset: needsReset)
        }
    }

    /// All that is to be sent for the recipients who have no outcome.
    private mutating func plan(reset: Bool) {
        let recipients = outcomes.indices.filter { outcomes[$0] == nil }
        if recipients.isEmpty { return unsent = [] }
        let envelope = (reset ? [Item.reset] : []) + [.mail] + recipients.map { .recipient($0) }
        unsent = envelope[...] + [usesChunks ? .chunk : .data]
    }

    // MARK: What to do next

    mutating func next() -> Step {
        expandLastChunk()
        if let first = awaited.first { return .await(phase(of: first)) }
        if unsent.first == .content { return accepted.isEmpty ? .sendEmptyContent : .sendContent }
        // RFC 5321 3.3: without a recipient there is nothing to send.
        if unsent.first == .data || unsent.first == .chunk, accepted.isEmpty { unsent = [] }
        if unsent.isEmpty { return .finished }
        if let limit = wantedChunk { return .readChunk(upTo: limit) }
        return send(nextBatch())
    }

    /// How much content is to be read now: a small message before anything is sent, a large one chunk by
    /// chunk when its recipients are known.
    private var wantedChunk: Int? {
        guard usesChunks, chunk == nil else { return nil }
        if unsent.first == .chunk { return Self.chunkLimit }
        return offer.message.size <= Self.wholeLimit ? Self.wholeLimit : nil
    }

    private func nextBatch() -> ArraySlice<Item> {
        // A relay that took BDAT for nonsense may have taken the content for commands: RSET shows it.
        if chunkingFailed, unsent.first == .reset { return unsent.prefix(1) }
        guard offer.capabilities.hasPipelining else { return unsent.prefix(1) }
        let batch = unsent.prefix(Self.batchLimit)
        let waitsForItsTurn = batch.count > 1 && batch.last == .chunk && chunk?.isLast != true
        return waitsForItsTurn ? batch.dropLast() : batch
    }

    private mutating func send(_ batch: ArraySlice<Item>) -> Step {
        needsReset = true
        let commands = batch.compactMap(command)
        guard batch.last == .chunk else {
            unsent = unsent.dropFirst(batch.count)
            awaited = batch
            return .send(commands)
        }
        let isLast = chunk?.isLast == true
        // After a chunk that is not the last comes another.
        unsent = isLast ? [] : [.chunk]
        awaited = batch.dropLast() + [isLast ? .lastChunk : .chunk]
        return .sendChunk(commands)
    }

    private func command(_ item: Item) -> Command? {
        switch item {
        case .reset: .reset
        case .mail: offer.mail
        case .recipient(let index): offer.recipient(index)
        case .data: .data
        case .chunk: chunk.map { .chunk($0.size, isLast: $0.isLast) }
        case .content, .lastChunk, .endOfData, .emptyEnd: nil
        }
    }

    private func phase(of item: Item) -> Phase {
        switch item {
        case .reset: .reset
        case .mail: .mail
        case .recipient: .recipient
        case .data: .data
        case .content, .chunk: .content
        case .lastChunk, .endOfData, .emptyEnd: .endOfData
        }
    }

    // MARK: The content

    mutating func chunkRead(_ size: Int, isLast: Bool) { chunk = (size, isLast) }

    /// The content cannot be read or may not be sent. Between two chunks the relay can still forget it all.
    mutating func contentFailed(_ failure: DeliveryFailure) {
        unsent = []
        fail(undecidedWith: failure)
    }

    mutating func chunkSent(isWhole: Bool) { contentIsOut = isWhole && chunk?.isLast == true }

    /// The content and the final dot are on their way.
    mutating func contentSent() {
        unsent = []
        contentIsOut = true
        if accepted.isEmpty, dialect == .lmtp {
            // RFC 2033 4.2 has the relay refuse DATA here; how many replies this one sends is anybody's guess.
            isOutOfStep = true
        } else {
            awaited = ends
        }
    }

    /// Only when the recipients are answered is it known how many replies the last chunk has.
    private mutating func expandLastChunk() {
        if awaited.first == .lastChunk { awaited = ends }
    }

    /// RFC 2033 4.2: LMTP has one reply for each recipient that was accepted, in their order; where there is
    /// none, BDAT has one all the same (4.3).
    private var ends: ArraySlice<Item> {
        if accepted.isEmpty { return [.emptyEnd] }
        return dialect == .lmtp ? accepted.map { .endOfData($0) }[...] : [.endOfData(nil)]
    }

    // MARK: What happened

    mutating func receive(_ reply: Reply) {
        guard let item = awaited.popFirst() else { return leave(failures.unexpected(reply, .content)) }
        // RFC 5321 3.8: whatever was asked, the relay is leaving.
        if reply.code == 421 { return leave(failures.refused(reply, phase(of: item))) }
        guard isPossible(reply, for: item) else {
            return leave(failures.unexpected(reply, phase(of: item)))
        }
        if isUnknownCommand(reply, item) { return fallBackToData() }
        switch item {
        case .reset, .content, .lastChunk: break
        case .mail: receiveMail(reply)
        case .recipient(let index): receiveRecipient(reply, index)
        case .data: receiveData(reply)
        case .chunk: receiveChunk(reply)
        case .endOfData(let index): receiveEnd(reply, index)
        case .emptyEnd: if reply.isSuccess { needsReset = false }
        }
    }

    /// 3yz is DATA's alone, and DATA has no other success.
    private func isPossible(_ reply: Reply, for item: Item) -> Bool {
        switch item {
        case .data: reply.code == 354 || reply.code >= 400
        case .reset: reply.isSuccess
        default: reply.code / 100 != 3
        }
    }

    private mutating func receiveMail(_ reply: Reply) {
        mailIsAnswered = true
        if reply.isSuccess { return }
        unsent = []
        fail(undecidedWith: failures.messageRefused(reply, .mail, sender: sender))
    }

    private mutating func receiveRecipient(_ reply: Reply, _ index: Int) {
        if outcomes[index] != nil { return }  // MAIL was refused: this reply says nothing new
        // 250, and 251 and 252 as well (RFC 5321 3.4, 3.5.3).
        if reply.isSuccess { return accepted.append(index) }
        let failure = failures.recipientRefused(reply, offer.message.envelope.recipients[index], .recipient)
        outcomes[index] = .failed(failure)
        if failure.enhanced == EnhancedStatusCode(4, 5, 3), !accepted.isEmpty {
            postponeUnsentRecipients(reply)
        }
    }

    /// RFC 5321 4.5.3.1.10: the relay has as many as it takes; the others wait for a transaction of theirs.
    private mutating func postponeUnsentRecipients(_ reply: Reply) {
        for case .recipient(let index) in unsent {
            outcomes[index] = .failed(
                failures.recipientNotOffered(reply, offer.message.envelope.recipients[index]))
        }
        unsent = unsent.filter { $0 == .data }[...]
    }

    private mutating func receiveData(_ reply: Reply) {
        if reply.code == 354 {
            unsent = [.content]
        } else {
            fail(undecidedWith: failures.messageRefused(reply, .data, sender: sender))
        }
    }

    private mutating func receiveChunk(_ reply: Reply) {
        chunk = nil
        aChunkWasTaken = true
        if reply.isSuccess { return }
        // RFC 3030 2: the relay ate the chunk and has forgotten the others; no more are sent.
        unsent = []
        fail(undecidedWith: failures.messageRefused(reply, .content, sender: sender))
    }

    /// 500 or 502 to the first chunk is no word about the message: somebody on the way does not know BDAT.
    /// Nor is 503 after an accepted recipient: the relay does not take BDAT so early.
    private func isUnknownCommand(_ reply: Reply, _ item: Item) -> Bool {
        guard usesChunks, !aChunkWasTaken else { return false }
        switch item {
        case .chunk, .endOfData: return [500, 502, 503].contains(reply.code)
        case .emptyEnd: return [500, 502].contains(reply.code)
        default: return false
        }
    }

    /// The envelope was answered and the content that came with it was not: a relay that drops what does not
    /// wait for RCPT's reply would drop it each time.
    private var isContentUnanswered: Bool {
        guard usesChunks, contentIsOut, !aChunkWasTaken, case .endOfData = awaited.first else { return false }
        return true
    }

    private mutating func fallBackToData() {
        chunkingFailed = true
        usesChunks = false
        contentIsOut = false
        chunk = nil
        awaited = []
        accepted = []
        plan(reset: true)
    }

    private mutating func receiveEnd(_ reply: Reply, _ index: Int?) {
        for index in index.map({ [$0] }) ?? accepted { outcomes[index] = end(reply, index) }
        // RFC 5321 4.1.1.4: after the reply to DATA's content the buffers are empty; after a refused BDAT the
        // state is unknown until RSET (RFC 3030 2).
        if !usesChunks || reply.isSuccess { needsReset = false }
        aChunkWasTaken = true
    }

    private func end(_ reply: Reply, _ index: Int) -> DeliveryReport.Outcome {
        if reply.isSuccess { return .delivered(reply) }
        if dialect == .lmtp {
            return .failed(
                failures.recipientRefused(reply, offer.message.envelope.recipients[index], .endOfData))
        }
        return .failed(failures.messageRefused(reply, .endOfData, sender: sender))
    }

    /// The relay answered the content before its end and closed.
    mutating func contentRefused(_ reply: Reply) {
        switch reply.code {
        case 421: leave(failures.refused(reply, .content))
        case 400...: leave(failures.messageRefused(reply, .content, sender: sender))
        default: leave(failures.unexpected(reply, .content))
        }
    }

    /// The connection is of no more use, for that reason.
    mutating func leave(_ failure: DeliveryFailure) {
        isOutOfStep = true
        let mayBeRepeated = !contentIsOut || failure.reply?.code == 421
        sessionWasDead = !mailIsAnswered && mayBeRepeated
        if failure.reply == nil, isContentUnanswered { chunkingFailed = true }
        unsent = []
        awaited = []
        fail(undecidedWith: failure)
    }

    private mutating func fail(undecidedWith failure: DeliveryFailure) {
        for index in outcomes.indices where outcomes[index] == nil { outcomes[index] = .failed(failure) }
    }

    private var sender: ReversePath { offer.message.envelope.reversePath }

    // MARK: The end

    /// The outcomes, once `next` says that it is finished; `takesMore` unless the relay has had as many
    /// messages as it takes.
    func report(takesMore: Bool = true) -> DeliveryReport {
        let missing = failures.relay(.endOfData, "\(failures.place) gave no result for this recipient")
        return DeliveryReport(
            outcomes: outcomes.map { $0 ?? .failed(missing) },
            sessionIsReusable: takesMore && !isOutOfStep, sessionWasDead: sessionWasDead)
    }
}
