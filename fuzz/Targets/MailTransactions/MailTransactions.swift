// A message's dialogue with a relay that may say anything, for recipients that may be anything: commands are
// single lines, each recipient has one outcome, and none is delivered that the relay did not take.
import FuzzSupport
import MailCore

@testable import SMTPClient

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        var bytes = bytes
        let choice = bytes.popChoice()
        // The first line is the recipients; the first reply, what the relay offers.
        let line = bytes.prefix { $0 != ASCII.lf }
        let recipients = (try? AddressList(parsing: line).addresses) ?? []
        var parser = ReplyParser()
        let replies = bytes.dropFirst(line.count + 1)
        parser.append(replies.span)
        guard let hello = try? parser.next() else { return }
        let message = OutgoingMessage(
            Envelope(reversePath: recipients.last.map { .address($0) } ?? .null, recipients: recipients),
            size: 1_000, is8Bit: choice & 1 != 0)
        let route = Route(
            to: .host("mx.example.net", port: 25), dialect: choice & 2 == 0 ? .smtp : .lmtp,
            helloName: "client.example.org")
        var dialogue = Dialogue(
            transaction: MailTransaction(
                message, route: route, capabilities: Capabilities(hello), needsReset: choice & 4 != 0),
            parser: parser)
        dialogue.run()
        check(dialogue, recipients)
    }
}

private struct Dialogue {
    var transaction: MailTransaction
    var parser: ReplyParser
    /// The paths of RCPT that wait for their reply, and those that the relay took.
    var named: [String] = []
    var accepted: Set<String> = []
    var hasSentContent = false

    mutating func run() {
        while true {
            switch transaction.next() {
            case .send(let commands): commands.forEach { take($0) }
            case .await(let phase):
                guard let reply = try? parser.next()?.reply else { return leave(phase) }
                note(reply, phase)
                transaction.receive(reply)
            case .sendContent:
                demand(!accepted.isEmpty, "content is for somebody")
                hasSentContent = true
                transaction.contentSent()
            case .sendEmptyContent: transaction.contentSent()
            case .finished: return
            }
        }
    }

    private mutating func take(_ command: Command) {
        demand(command.bytes.suffix(2) == [ASCII.cr, ASCII.lf], "a command is a line")
        demand(!command.bytes.dropLast(2).contains(where: ASCII.isControl), "a command is one line")
        demand(isOneLine(command.shown), "a command can be shown")
        if command.phase == .recipient { named.append(command.shown) }
    }

    private mutating func note(_ reply: Reply, _ phase: DeliveryFailure.Phase) {
        guard phase == .recipient else { return }
        demand(!named.isEmpty, "a reply to RCPT follows one")
        let path = named.removeFirst()
        if reply.isSuccess { accepted.insert(path) }
    }

    private mutating func leave(_ phase: DeliveryFailure.Phase) {
        transaction.leave(DeliveryFailure(.transient, .relay, phase, "the relay is gone"))
        demand(transaction.next() == .finished && transaction.isOutOfStep, "nothing follows a loss")
    }
}

private func check(_ dialogue: Dialogue, _ recipients: [EmailAddress]) {
    let report = dialogue.transaction.report()
    demand(report.outcomes.count == recipients.count, "each recipient has an outcome")
    for (recipient, outcome) in zip(recipients, report.outcomes) {
        switch outcome {
        case .delivered(let reply):
            demand(dialogue.hasSentContent && reply.isSuccess, "what is delivered was sent")
            demand(dialogue.accepted.contains("RCPT TO:<\(recipient)>"), "and its recipient taken")
        case .failed(let failure):
            demand(isOneLine(failure.text), "a failure is one line: \(failure.text)")
        }
    }
}
