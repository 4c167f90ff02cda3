// One message's way through the dialogue: MAIL, RCPT, DATA, the content and the reply or replies to it
// (RFC 5321 3.3, RFC 2920, RFC 2033). A value that says what to do next and is told what happened; the
// I/O is RelaySession's. Every recipient has exactly one outcome in the end.
internal import MailCore

/// The transaction of one message.
struct MailTransaction {
    typealias Phase = DeliveryFailure.Phase

    enum Step: Equatable {
        /// Send all of them in one write; their replies are awaited one by one.
        case send([Command])
        case await(Phase)
        /// Send the content and its final dot, then call `contentSent`.
        case sendContent
        /// Send the final dot alone: no recipient was accepted, yet the relay asked for content.
        case sendEmptyContent
        case finished
    }

    /// What a command still to be sent, or a reply still to come, belongs to.
    private enum Item: Equatable {
        case reset, mail, recipient(Int), data, content, endOfData(Int?), emptyEnd
    }

    private let message: OutgoingMessage
    private let route: Route
    private let failures: RelayFailures
    private let capabilities: Capabilities

    private var unsent: ArraySlice<Item> = []
    private var awaited: ArraySlice<Item> = []
    private var outcomes: [DeliveryReport.Outcome?]
    private var accepted: [Int] = []
    private var mailIsAnswered = false

    /// The replies no longer match the commands, or the relay is leaving: close the connection.
    private(set) var isOutOfStep = false
    /// The relay may hold a half-finished transaction: RSET goes before the next one.
    private(set) var needsReset: Bool

    /// No more recipients go into one write, so that neither side fills its buffers with nobody reading
    /// (RFC 2920 3.1 warns of that deadlock).
    static let batchLimit = 100

    init(_ message: OutgoingMessage, route: Route, capabilities: Capabilities, needsReset: Bool) {
        self.message = message
        self.route = route
        self.capabilities = capabilities
        self.needsReset = needsReset
        failures = RelayFailures(route: route)
        outcomes = Array(repeating: nil, count: message.envelope.recipients.count)
        if let failure = impossibility() {
            fail(undecidedWith: failure)
        } else {
            plan()
        }
    }

    // MARK: Before the first command

    /// Why the relay cannot take this message at all; it is not bothered with it.
    private func impossibility() -> DeliveryFailure? {
        let sender = message.envelope.reversePath
        if case .address(let address) = sender, !isSendable(address) {
            return failures.unsendable(address.description, .mail)
        }
        // RFC 1870 6.1
        if let limit = capabilities.sizeLimit, message.size > limit {
            return failures.tooLarge(message.size, limit: limit)
        }
        if capabilities.hasSMTPUTF8 { return nil }
        if case .address(let address) = sender, !address.isASCII {
            return failures.needsSMTPUTF8(address.description)
        }
        return nil
    }

    private mutating func plan() {
        var items: [Item] = needsReset ? [.reset, .mail] : [.mail]
        for (index, address) in message.envelope.recipients.enumerated() {
            if let failure = impossibility(of: address) {
                outcomes[index] = .failed(failure)
            } else {
                items.append(.recipient(index))
            }
        }
        if outcomes.contains(nil) { unsent = items[...] + [.data] }
    }

    private func impossibility(of address: EmailAddress) -> DeliveryFailure? {
        if !isSendable(address) { return failures.unsendable(address.description, .recipient) }
        // RFC 6531 3.2: without the extension such a recipient cannot be named.
        return address.isASCII || capabilities.hasSMTPUTF8
            ? nil : failures.needsSMTPUTF8(address.description, .recipient)
    }

    /// Whether the address stays one path of one command: the local part is quoted where it must be, and
    /// the domain is as it came.
    private func isSendable(_ address: EmailAddress) -> Bool {
        let isPrintable = address.description.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        return isPrintable && !(address.domain ?? "").utf8.contains { " <>".utf8.contains($0) }
    }

    // MARK: What to do next

    mutating func next() -> Step {
        if let first = awaited.first { return .await(phase(of: first)) }
        if unsent.first == .content { return accepted.isEmpty ? .sendEmptyContent : .sendContent }
        // RFC 5321 3.3: without a recipient there is nothing to send.
        if unsent.first == .data, accepted.isEmpty { unsent = [] }
        guard let first = unsent.first else { return .finished }
        let batch = capabilities.hasPipelining ? unsent.prefix(Self.batchLimit) : [first]
        unsent = unsent.dropFirst(batch.count)
        awaited = batch
        needsReset = true
        return .send(batch.compactMap(command))
    }

    private func command(_ item: Item) -> Command? {
        switch item {
        case .reset: .reset
        case .mail: .mail(message.envelope.reversePath, parameters: mailParameters)
        case .recipient(let index): .recipient(message.envelope.recipients[index])
        case .data: .data
        case .content, .endOfData, .emptyEnd: nil
        }
    }

    private var mailParameters: [String] {
        var parameters: [String] = []
        if capabilities.offers("SIZE") { parameters.append("SIZE=\(message.size)") }
        if message.is8Bit, capabilities.has8BitMIME { parameters.append("BODY=8BITMIME") }
        if needsSMTPUTF8, capabilities.hasSMTPUTF8 { parameters.append("SMTPUTF8") }
        return parameters
    }

    private var needsSMTPUTF8: Bool {
        if case .address(let sender) = message.envelope.reversePath, !sender.isASCII { return true }
        return !message.envelope.recipients.allSatisfy(\.isASCII)
    }

    private func phase(of item: Item) -> Phase {
        switch item {
        case .reset: .reset
        case .mail: .mail
        case .recipient: .recipient
        case .data: .data
        case .content: .content
        case .endOfData, .emptyEnd: .endOfData
        }
    }

    // MARK: What happened

    mutating func receive(_ reply: Reply) {
        guard let item = awaited.popFirst() else { return leave(failures.unexpected(reply, .content)) }
        // RFC 5321 3.8: whatever was asked, the relay is leaving.
        if reply.code == 421 { return leave(failures.refused(reply, phase(of: item))) }
        guard isPossible(reply, for: item) else {
            return leave(failures.unexpected(reply, phase(of: item)))
        }
        switch item {
        case .reset: break
        case .mail: receiveMail(reply)
        case .recipient(let index): receiveRecipient(reply, index)
        case .data: receiveData(reply)
        case .endOfData(let index): receiveEnd(reply, index)
        case .content, .emptyEnd: break
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
        fail(undecidedWith: failures.messageRefused(reply, .mail, sender: message.envelope.reversePath))
    }

    private mutating func receiveRecipient(_ reply: Reply, _ index: Int) {
        if outcomes[index] != nil { return }  // MAIL was refused: this reply says nothing new
        // 250, and 251 and 252 as well (RFC 5321 3.4, 3.5.3).
        if reply.isSuccess { return accepted.append(index) }
        let failure = failures.recipientRefused(reply, message.envelope.recipients[index], .recipient)
        outcomes[index] = .failed(failure)
        if failure.enhanced == EnhancedStatusCode(4, 5, 3), !accepted.isEmpty {
            postponeUnsentRecipients(reply)
        }
    }

    /// RFC 5321 4.5.3.1.10: the relay has as many as it takes; the others wait for a transaction of theirs.
    private mutating func postponeUnsentRecipients(_ reply: Reply) {
        for case .recipient(let index) in unsent {
            outcomes[index] = .failed(
                failures.recipientNotOffered(reply, message.envelope.recipients[index]))
        }
        unsent = unsent.filter { $0 == .data }[...]
    }

    private mutating func receiveData(_ reply: Reply) {
        if reply.code == 354 {
            unsent = [.content]
        } else {
            fail(undecidedWith: failures.messageRefused(reply, .data, sender: message.envelope.reversePath))
        }
    }

    /// The content and the final dot are on their way.
    mutating func contentSent() {
        unsent = []
        if !accepted.isEmpty {
            // RFC 2033 4.2: one reply for each recipient that was accepted, in their order.
            awaited = route.dialect == .lmtp ? accepted.map { .endOfData($0) }[...] : [.endOfData(nil)]
        } else if route.dialect == .smtp {
            awaited = [.emptyEnd]
        } else {
            // RFC 2033 4.2 has the relay refuse DATA here; how many replies this one sends is anybody's guess.
            isOutOfStep = true
        }
    }

    private mutating func receiveEnd(_ reply: Reply, _ index: Int?) {
        for index in index.map({ [$0] }) ?? accepted { outcomes[index] = end(reply, index) }
        // RFC 5321 4.1.1.4: after the reply to the content the buffers are empty.
        needsReset = false
    }

    private func end(_ reply: Reply, _ index: Int) -> DeliveryReport.Outcome {
        if reply.isSuccess { return .delivered(reply) }
        if route.dialect == .lmtp {
            return .failed(failures.recipientRefused(reply, message.envelope.recipients[index], .endOfData))
        }
        return .failed(failures.messageRefused(reply, .endOfData, sender: message.envelope.reversePath))
    }

    /// The relay answered the content before its end and closed.
    mutating func contentRefused(_ reply: Reply) {
        switch reply.code {
        case 421: leave(failures.refused(reply, .content))
        case 400...: leave(failures.messageRefused(reply, .content, sender: message.envelope.reversePath))
        default: leave(failures.unexpected(reply, .content))
        }
    }

    /// The connection is of no more use, for that reason.
    mutating func leave(_ failure: DeliveryFailure) {
        isOutOfStep = true
        unsent = []
        awaited = []
        fail(undecidedWith: failure)
    }

    private mutating func fail(undecidedWith failure: DeliveryFailure) {
        for index in outcomes.indices where outcomes[index] == nil { outcomes[index] = .failed(failure) }
    }

    // MARK: The end

    /// The outcomes, once `next` says that it is finished.
    func report() -> DeliveryReport {
        let missing = failures.relay(.endOfData, "\(failures.place) gave no result for this recipient")
        return DeliveryReport(
            outcomes: outcomes.map { $0 ?? .failed(missing) },
            sessionIsReusable: !isOutOfStep, sessionWasDead: isOutOfStep && !mailIsAnswered)
    }
}
