// A relay that answers anything at all: whatever it says, the transaction ends, each recipient has one
// outcome, and nobody counts as delivered whom the relay did not take.
import MailCore
import Testing

@testable import SMTPClient

@Suite struct RandomRepliesTests {
    /// A generator with a seed, so that a failure can be had again.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    static let codes = [220, 250, 250, 250, 251, 354, 354, 421, 450, 452, 500, 530, 550, 552, 554]

    @Test(
        "anything may be answered", arguments: [Dialect.smtp, .lmtp],
        [[], ["PIPELINING"], ["PIPELINING", "CHUNKING"]])
    func survives(dialect: Dialect, extensions: [String]) throws {
        let capabilities = try Capabilities(#require(hello(extensions)))
        for seed in 0..<5_000 {
            var generator = Generator(state: UInt64(seed))
            let recipients = Int.random(in: 1...5, using: &generator)
            let (report, accepted) = try run(recipients, dialect, capabilities, &generator)
            #expect(report.outcomes.count == recipients, "seed \(seed)")
            for (index, outcome) in report.outcomes.enumerated() {
                if case .delivered(let reply) = outcome {
                    #expect(accepted.contains(index) && reply.isSuccess, "seed \(seed)")
                }
            }
        }
    }

    private func run(
        _ recipients: Int, _ dialect: Dialect, _ capabilities: Capabilities, _ generator: inout Generator
    ) throws -> (DeliveryReport, accepted: Set<Int>) {
        let route = Route(to: .host("mx", port: 25), dialect: dialect, helloName: "me")
        let addresses = (0..<recipients).map { EmailAddress(localPart: "\($0)", domain: "example.net") }
        let message = OutgoingMessage(
            Envelope(reversePath: .null, recipients: addresses),
            size: Bool.random(using: &generator) ? 1 : 1_000_000, is8Bit: false)
        var transaction = MailTransaction(
            message, route: route, capabilities: capabilities, needsReset: Bool.random(using: &generator))
        var named: [Int] = []
        var accepted: Set<Int> = []
        for _ in 0..<200 {
            switch transaction.next() {
            case .send(let commands): named += self.recipients(of: commands)
            case .sendChunk(let commands):
                named += self.recipients(of: commands)
                transaction.chunkSent(isWhole: Bool.random(using: &generator))
            case .readChunk(let limit):
                transaction.chunkRead(limit, isLast: Int.random(in: 0...2, using: &generator) > 0)
            case .await(let phase):
                let code = Self.codes.randomElement(using: &generator) ?? 250
                if phase == .recipient, code / 100 == 2, let first = named.first { accepted.insert(first) }
                if phase == .recipient { named.removeFirst() }
                transaction.receive(Reply(code: code, text: "x"))
            case .sendContent, .sendEmptyContent: transaction.contentSent()
            case .finished: return (transaction.report(), accepted)
            }
        }
        Issue.record("it never ends")
        return (transaction.report(), accepted)
    }

    /// The numbers that are the local parts of RCPT.
    private func recipients(of commands: [Command]) -> [Int] {
        commands.compactMap { Int($0.shown.dropFirst(9).prefix { $0 != "@" }) }
    }
}
