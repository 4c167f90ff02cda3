// Direct delivery's verdict, and what submission writes into the log.
import MailCore
import MailLog
import Spool
import SubmissionWire
import TestSupport
import Testing

@testable import Submission

private func result(
    _ name: String, _ code: Int, _ enhanced: EnhancedStatusCode? = nil,
    _ phase: DeliveryFailure.Phase = .recipient,
    _ text: String = "refused"
) -> RecipientResult {
    let reply = Reply(code: code, enhanced: enhanced, text: "words")
    let recipient = EmailAddress(localPart: name, domain: "x.org")
    if code / 100 == 2 { return RecipientResult(recipient, .delivered(reply)) }
    return RecipientResult(
        recipient,
        DeliveryFailure(code / 100 == 5 ? .permanent : .transient, .recipient, phase, reply: reply, text))
}

@Suite struct VerdictTests {
    struct Case: Sendable {
        let outcomes: [RecipientResult]
        let code: UInt8
        let text: String
    }

    private static let id = "0123456789AB"
    static let cases = [
        Case(
            outcomes: [], code: 75,
            text: "in the queue as \(id), but not tried yet; the daemon's log says why"),
        Case(outcomes: [result("a", 250, .init(2, 0, 0))], code: 0, text: "delivered: 250 2.0.0 words"),
        Case(outcomes: [result("a", 550, .init(5, 1, 1))], code: 67, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 550, .init(5, 1, 3))], code: 67, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 550, .init(5, 1, 6))], code: 67, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 556, .init(5, 1, 10))], code: 67, text: "<a@x.org>: refused"),
        // Without an enhanced code a refused RCPT is taken for 5.1.1, a refused MAIL for 5.1.8.
        Case(outcomes: [result("a", 550)], code: 67, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 550, nil, .mail)], code: 77, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 553, .init(5, 1, 7))], code: 77, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 554, .init(5, 7, 1))], code: 77, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 552, .init(5, 2, 3))], code: 65, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 552, .init(5, 3, 4))], code: 65, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 554, .init(5, 6, 0))], code: 65, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 552, nil, .endOfData)], code: 65, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 554, nil, .endOfData)], code: 69, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 550, .init(5, 2, 1))], code: 69, text: "<a@x.org>: refused"),
        Case(outcomes: [result("a", 451)], code: 75, text: "<a@x.org>: refused (in the queue as \(id))"),
        Case(
            outcomes: [result("a", 550), result("b", 550)], code: 69, text: "<a@x.org>, <b@x.org>: refused"),
        Case(
            outcomes: [result("a", 250), result("b", 550), result("c", 250)], code: 69,
            text: "<b@x.org>: refused; delivered to the other 2"),
        Case(
            outcomes: [result("a", 451, nil, .recipient, "wait"), result("b", 554, .init(5, 6, 0))], code: 65,
            text: "<a@x.org>: wait (in the queue as \(id)); <b@x.org>: refused"),
        Case(
            outcomes: [result("a", 250), result("b", 451)], code: 75,
            text: "<b@x.org>: refused (in the queue as \(id)); delivered to the other 1"),
        Case(
            outcomes: (0..<7).map { result("\($0)", 550) }, code: 69,
            text: "<0@x.org>, <1@x.org>, <2@x.org>, <3@x.org>, <4@x.org> and 2 more: refused"),
    ]

    @Test(arguments: cases.indices) func direct(index: Int) throws {
        let expected = Self.cases[index]
        let verdict = DirectVerdict.verdict(for: try #require(QueueID(Self.id)), expected.outcomes)
        #expect(verdict.exitCode.rawValue == expected.code)
        #expect(String(decoding: verdict.text, as: UTF8.self) == expected.text)
        #expect(verdict.queueID == Array(Self.id.utf8))
    }

    @Test(
        arguments: [
            ("", DeliveryMode.direct, true), ("daemon\ndelivery direct\n", nil, true), ("", nil, false),
            ("daemon\ndelivery direct\n", .queue, false),
        ] as [(String, DeliveryMode?, Bool)])
    func whichMode(configuration: String, mode: DeliveryMode?, isDirect: Bool) async throws {
        let counter = try Counter(relayAccount + configuration)
        counter.delivery.answer = [result("b", 550, .init(5, 1, 1))]
        let verdict = try counter.submit(.submit(to: "b@x.org", mode: mode), "From: a@example.org\n\nhello\n")
        #expect(verdict.exitCode == (isDirect ? .noUser : .ok))
        let id = try #require(try await counter.stored().first)
        #expect(counter.delivery.direct.values == (isDirect ? [id.id] : []))
        #expect(counter.delivery.stored.values == (isDirect ? [] : [id.id]))
        // Were this daemon to die now, the next one would try it a minute later.
        let due: Int64 = 1_700_000_000_000 + (isDirect ? 60_000 : 0)
        #expect(id.due == due)
    }

    /// Whatever a caller writes, it stays one line without control characters, and nothing of the body.
    @Test func logOfHostileText() throws {
        let counter = try Counter(relayAccount)
        let message =
            "From: ann@example.org\nTo: bob@example.net\nMessage-ID: <a\u{1B}[2J\u{7}b\u{2028}c\"d>\n"
            + "X-PHP-Originating-Script: 33:a\n accepted: id=FORGED\nX-Token: sesame\n\nsesame\n"
        #expect(try counter.raw(message) == "")
        #expect(
            try counter.submit(.submit(to: "a\u{1B}[2J@b\naccepted: id=FORGED"), "hello\n").exitCode != .ok)
        #expect(counter.events.values.map(\.what) == ["accepted", "refused"])
        for line in counter.log {
            #expect(
                line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x2028 })
            #expect(!line.contains("sesame"))
        }
        #expect(counter.log[0].contains(" from=<ann@example.org> recipients=1 account=default "))
        #expect(counter.log[0].contains(" message-id=") && counter.log[0].contains(" php-script=\"33:a"))
        #expect(counter.log[1].contains(" exit=64 reason="))
    }
}
