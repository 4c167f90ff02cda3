// The transaction alone: replies in, steps and outcomes out, in tables.
import MailCore
import Testing

@testable import SMTPClient

@Suite struct MailTransactionTests {
    /// A relay's replies in their order, and the outcomes: `+` delivered, `4` transient, `5` permanent.
    struct Case: CustomTestStringConvertible {
        let replies: [String]
        let outcomes: String
        var dialect = Dialect.smtp
        var isReusable = true

        var testDescription: String { replies.joined(separator: " | ") }
    }

    static let cases = [
        Case(replies: ["250", "250", "250", "354", "250"], outcomes: "++"),
        Case(replies: ["250", "550", "250", "354", "250"], outcomes: "5+"),
        Case(replies: ["250", "250", "450", "354", "250"], outcomes: "+4"),
        Case(replies: ["250", "552", "251", "354", "250"], outcomes: "4+"),
        Case(replies: ["250", "550", "552", "503"], outcomes: "54"),
        Case(replies: ["250", "550", "550", "354", "554"], outcomes: "55"),
        Case(replies: ["450", "503", "503", "503"], outcomes: "44"),
        Case(replies: ["550", "250", "250", "354", "554"], outcomes: "55"),
        Case(replies: ["250", "250", "250", "554"], outcomes: "55"),
        Case(replies: ["250", "250", "550", "451"], outcomes: "45"),
        Case(replies: ["250", "250", "250", "354", "452"], outcomes: "44"),
        Case(replies: ["250", "250", "250", "354", "552"], outcomes: "55"),
        Case(replies: ["421"], outcomes: "44", isReusable: false),
        Case(replies: ["250", "550", "421"], outcomes: "54", isReusable: false),
        Case(replies: ["250", "354"], outcomes: "44", isReusable: false),
        Case(replies: ["250", "250", "250", "250"], outcomes: "44", isReusable: false),
        Case(replies: ["250", "250", "250", "354", "354"], outcomes: "44", isReusable: false),
        Case(replies: ["250", "250", "250", "354", "250", "250"], outcomes: "++", dialect: .lmtp),
        Case(replies: ["250", "250", "250", "354", "250", "552"], outcomes: "+5", dialect: .lmtp),
        Case(replies: ["250", "550", "250", "354", "452"], outcomes: "54", dialect: .lmtp),
        Case(
            replies: ["250", "250", "250", "354", "250", "421"], outcomes: "+4", dialect: .lmtp,
            isReusable: false),
        Case(replies: ["250", "550", "550", "503"], outcomes: "55", dialect: .lmtp),
        Case(replies: ["250", "550", "550", "354"], outcomes: "55", dialect: .lmtp, isReusable: false),
    ]

    @Test("replies decide about each recipient", arguments: cases)
    func outcomes(_ example: Case) {
        var transaction = makeTransaction(2, dialect: example.dialect, capabilities: pipelining)
        let unused = play(example.replies, &transaction)
        let report = transaction.report()
        #expect(unused == 0)
        #expect(report.outcomes.map(letter).joined() == example.outcomes)
        #expect(report.sessionIsReusable == example.isReusable)
        #expect(transaction.next() == .finished)
    }

    @Test(
        "a transaction that was not finished needs RSET before the next",
        arguments: [
            (["250", "250", "250", "354", "250"], false), (["550", "503", "503", "503"], true),
            (["250", "550", "550", "503"], true), (["250", "250", "250", "451"], true),
            (["250", "250", "250", "354", "554"], false),
        ])
    func needsReset(replies: [String], expected: Bool) {
        var transaction = makeTransaction(2, capabilities: pipelining)
        _ = play(replies, &transaction)
        #expect(transaction.needsReset == expected)
    }

    static let chunkedCases = [
        Case(replies: ["250", "250", "250", "250"], outcomes: "++"),
        Case(replies: ["250", "251", "252", "250"], outcomes: "++"),
        Case(replies: ["250", "552", "250", "250"], outcomes: "4+"),
        Case(replies: ["250", "550", "550", "503"], outcomes: "55"),
        Case(replies: ["250", "550", "550", "250"], outcomes: "55"),
        Case(replies: ["550", "503", "503", "503"], outcomes: "55"),
        Case(replies: ["550", "250", "250", "250"], outcomes: "55"),
        Case(replies: ["250", "250", "250", "552"], outcomes: "55"),
        Case(replies: ["250", "250", "250", "452"], outcomes: "44"),
        Case(replies: ["250", "250", "421"], outcomes: "44", isReusable: false),
        Case(replies: ["250", "250", "250", "354"], outcomes: "44", isReusable: false),
        Case(
            replies: ["250", "250", "250", "500", "250", "250", "250", "550", "354", "250"], outcomes: "+5"),
        Case(
            replies: ["250", "250", "250", "502", "250", "250", "250", "250", "354", "502"], outcomes: "55"),
        Case(replies: ["250", "250", "250", "500", "500"], outcomes: "44", isReusable: false),
        Case(replies: ["250", "250", "250", "250", "452"], outcomes: "+4", dialect: .lmtp),
        Case(replies: ["250", "250", "550", "250"], outcomes: "+5", dialect: .lmtp),
        Case(replies: ["250", "550", "550", "503"], outcomes: "55", dialect: .lmtp),
        Case(replies: ["250", "250", "250", "250", "500"], outcomes: "+5", dialect: .lmtp),
    ]

    @Test("replies decide about each recipient with BDAT too", arguments: chunkedCases)
    func chunkedOutcomes(_ example: Case) {
        var transaction = makeTransaction(2, dialect: example.dialect, capabilities: chunking)
        let unused = play(example.replies, &transaction)
        let report = transaction.report()
        #expect(unused == 0)
        #expect(report.outcomes.map(letter).joined() == example.outcomes)
        #expect(report.sessionIsReusable == example.isReusable)
        #expect(transaction.next() == .finished)
    }

    @Test("250 recipients and the content: the last batch has BDAT") func sendsTheContentWithTheLastBatch() {
        var transaction = makeTransaction(250, capabilities: chunking)
        var writes: [Int] = []
        var step = transaction.next()
        while step != .finished {
            switch step {
            case .readChunk(let limit):
                #expect(writes.isEmpty && limit == MailTransaction.wholeLimit)
                transaction.chunkRead(100, isLast: true)
            case .send(let commands): writes.append(commands.count)
            case .sendChunk(let commands):
                writes.append(commands.count)
                #expect(commands.last?.shown == "BDAT 100 LAST")
                transaction.chunkSent(isWhole: true)
            default: transaction.receive(reply("250"))
            }
            step = transaction.next()
        }
        #expect(writes == [100, 100, 52])  // MAIL, 250 RCPT, BDAT
        #expect(transaction.report().outcomes.map(letter).joined() == String(repeating: "+", count: 250))
    }

    @Test("a loss before all content was out lets a dead session be replaced, and after it does not")
    func lossWithContent() {
        let lost = DeliveryFailure(.transient, .relay, .mail, "lost")
        for isWhole in [false, true] {
            var transaction = makeTransaction(1, capabilities: chunking)
            _ = transaction.next()
            transaction.chunkRead(100, isLast: true)
            _ = transaction.next()
            transaction.chunkSent(isWhole: isWhole)
            #expect(transaction.contentIsOut == isWhole)
            transaction.leave(lost)
            #expect(transaction.report().sessionWasDead == !isWhole)
        }
    }

    @Test func sendsManyRecipientsInBatches() {
        var transaction = makeTransaction(250, capabilities: pipelining)
        var batches: [Int] = []
        while true {
            switch transaction.next() {
            case .send(let commands): batches.append(commands.count)
            case .await(let phase): transaction.receive(reply(phase == .data ? "354" : "250"))
            case .sendContent: transaction.contentSent()
            case .sendEmptyContent, .readChunk, .sendChunk:
                Issue.record("there are recipients and no CHUNKING")
            case .finished:
                #expect(batches == [100, 100, 52])  // MAIL, 250 RCPT, DATA
                #expect(
                    transaction.report().outcomes.map(letter).joined() == String(repeating: "+", count: 250))
                return
            }
        }
    }

    @Test(
        "a loss is the failure of whoever has no outcome yet, and is a dead session only before MAIL's reply")
    func loss() {
        let lost = DeliveryFailure(.transient, .relay, .mail, "lost")
        var early = makeTransaction(1, capabilities: pipelining)
        _ = early.next()
        early.leave(lost)
        #expect(early.report().sessionWasDead)
        var late = makeTransaction(2, capabilities: pipelining)
        _ = play(["250", "550"], &late)
        late.leave(lost)
        #expect(!late.report().sessionWasDead)
        #expect(late.report().outcomes.map(letter).joined() == "54")
    }

    @Test func neverSendsWhatTheRelayCannotTake() throws {
        let limited = try Capabilities(#require(hello("SIZE 10")))
        var transaction = makeTransaction(1, capabilities: limited)
        #expect(transaction.next() == .finished)
        #expect(transaction.report().sessionIsReusable)
        guard case .failed(let failure) = transaction.report().outcomes[0] else {
            Issue.record("delivered")
            return
        }
        #expect(failure.enhanced == EnhancedStatusCode(5, 3, 4))
        #expect(failure.disposition == .permanent)
    }

    // MARK: Support

    private let pipelining: Capabilities
    private let chunking: Capabilities

    init() throws {
        pipelining = try Capabilities(#require(hello("PIPELINING")))
        chunking = try Capabilities(#require(hello("PIPELINING", "CHUNKING")))
    }

    private func makeTransaction(
        _ recipients: Int, dialect: Dialect = .smtp, capabilities: Capabilities
    ) -> MailTransaction {
        let route = Route(
            to: .host("mx.example.net", port: 25), dialect: dialect, helloName: "client.example.org")
        let envelope = Envelope(
            reversePath: .null,
            recipients: (0..<recipients).map { EmailAddress(localPart: "r\($0)", domain: "example.net") })
        return MailTransaction(
            OutgoingMessage(envelope, size: 100, is8Bit: false), route: route, capabilities: capabilities,
            needsReset: false)
    }

    /// Gives the replies where they are awaited; how many were not.
    private func play(_ replies: [String], _ transaction: inout MailTransaction) -> Int {
        var replies = replies[...]
        while true {
            switch transaction.next() {
            case .send: continue
            case .await:
                guard let next = replies.popFirst() else { return 0 }
                transaction.receive(reply(next))
            case .readChunk: transaction.chunkRead(100, isLast: true)
            case .sendChunk: transaction.chunkSent(isWhole: true)
            case .sendContent, .sendEmptyContent: transaction.contentSent()
            case .finished: return replies.count
            }
        }
    }

    private func letter(_ outcome: DeliveryReport.Outcome) -> String {
        switch outcome {
        case .delivered: "+"
        case .failed(let failure): failure.disposition == .permanent ? "5" : "4"
        }
    }
}

func reply(_ code: String) -> Reply { Reply(code: Int(code) ?? 0, text: "x") }

/// A reply to EHLO that offers these.
func hello(_ extensions: String..., greeting: String = "mx.example.net") -> ServerReply? {
    hello(extensions, greeting: greeting)
}

func hello(_ extensions: [String], greeting: String = "mx.example.net") -> ServerReply? {
    let lines = [greeting] + extensions
    let text = lines.dropLast().map { "250-\($0)\r\n" }.joined() + "250 \(lines[lines.count - 1])\r\n"
    var parser = ReplyParser()
    parser.append(Array(text.utf8).span)
    return try? parser.next()
}
