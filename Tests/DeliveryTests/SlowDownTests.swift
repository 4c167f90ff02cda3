// Which replies ask for fewer messages at a time, in the words of real relays.
import MailCore
import Testing

@testable import Delivery

@Suite struct SlowDownTests {
    typealias Row = (reply: String, phase: DeliveryFailure.Phase, slowDown: DeliveryFailure.SlowDown?)

    @Test(
        arguments: [
            ("421 4.7.0 Too many connections", .greeting, .certain), ("421 bye", .mail, .certain),
            ("432 4.3.2 Concurrent connections limit exceeded", .endOfData, .certain),
            ("451 4.4.5 Server busy", .mail, .certain), ("450 4.5.3 Sender sends too often", .mail, .certain),
            ("454 Throttling failure: Maximum sending rate exceeded", .data, .certain),
            ("451 Please slow down", .recipient, .certain),
            ("450 4.7.1 Error: too much mail from 192.0.2.1", .mail, .certain),
            ("450 4.7.25 Policy", .mail, .likely), ("451 4.7.500 Server busy", .endOfData, .likely),
            ("450 4.7.1 Greylisted, come back", .recipient, nil), ("451 4.7.1 greylisting", .data, nil),
            ("452 4.5.3 Too many recipients", .recipient, nil), ("452 too many recipients", .recipient, nil),
            ("452 4.2.2 Too many messages in the mailbox", .recipient, nil),
            ("450 4.2.1 receiving mail at a rate that prevents more", .recipient, nil),
            ("451 4.3.0 Temporary failure while we operate", .data, nil),
            ("450 try later", .recipient, nil), ("454 4.7.0 too many login attempts", .authentication, nil),
            ("550 5.7.1 too many complaints", .mail, nil),
        ] as [Row])
    func replies(row: Row) throws {
        let words = row.reply.split(separator: " ", maxSplits: 1)
        let code = try #require(words.first.flatMap { Int($0) })
        let rest = words[1].split(separator: " ", maxSplits: 1)
        let enhanced = EnhancedStatusCode(rest[0])
        let text = enhanced == nil || rest.count < 2 ? String(words[1]) : String(rest[1])
        let failure = DeliveryFailure(
            code < 500 ? .transient : .permanent, .message, row.phase,
            reply: Reply(code: code, enhanced: enhanced, text: text), row.reply)
        #expect(failure.slowDown == row.slowDown)
    }

    @Test func notOurOwnFailures() {
        #expect(DeliveryFailure(.transient, .relay, .connect, "too many connections").slowDown == nil)
    }

    /// What one attempt shows altogether.
    @Test func findings() {
        let address = EmailAddress(localPart: "a", domain: "b.test")
        let busy = DeliveryFailure(
            .transient, .recipient, .recipient, reply: Reply(code: 451, text: "too many messages"), "busy")
        let down = DeliveryFailure(.transient, .relay, .greeting, reply: Reply(code: 421, text: "no"), "no")
        let all = [RecipientResult(address, busy), RecipientResult(address, busy)]
        #expect(AccountGate.Finding(all) == .asksForLess(busy, .certain))
        let some = [RecipientResult(address, .delivered(nil)), RecipientResult(address, busy)]
        #expect(AccountGate.Finding(some) == .asksForLess(busy, .likely))
        #expect(AccountGate.Finding(all + [RecipientResult(address, down)]) == .fails(down))
    }
}
