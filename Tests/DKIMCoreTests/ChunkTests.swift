// That a signature depends on a message's bytes alone, not on the chunks in which they came: over the golden
// folder, with a key whose signatures are the same each time (Ed25519), so that equal fields show equal
// hashes of header and body.
import MailCore
import TestSupport
import Testing

@testable import DKIMCore

struct ChunkTests {
    private static let combinations = Canonicalization.allCases.flatMap { header in
        Canonicalization.allCases.map { (header, $0) }
    }

    private static func signers() throws -> [Signer] {
        try combinations.map { header, body in
            var policy = Signer.Policy()
            policy.headerCanonicalization = header
            policy.bodyCanonicalization = body
            return try Signer(
                domain: "example.org", selector: "s", key: TestKeys.key(.ed25519SHA256), policy: policy)
        }
    }

    private static func signatures(
        _ message: [UInt8], cutAt cuts: [Int], _ signers: [Signer]
    ) throws -> [HeaderField] {
        var reader = MessageReader()
        var signer = MessageSigner(signers)
        var start = 0
        for cut in cuts + [message.count] {
            var body: [UInt8] = []
            try reader.read(message[start..<cut].span, body: &body)
            signer.update(body)
            start = cut
        }
        var rest: [UInt8] = []
        try reader.finish(body: &rest)
        signer.update(rest)
        let header = try #require(reader.header)
        return try signer.signatures(for: MessageToSign(header, envelope: nil, at: 1_000))
    }

    @Test func anySplitGivesTheSameSignature() throws {
        let signers = try Self.signers()
        var random = SeededGenerator(seed: 1)
        for golden in try GoldenMessage.all() {
            let message = golden.wire
            let whole = try Self.signatures(message, cutAt: [], signers)
            var splits = (0..<20).map { _ in
                (0..<Int.random(in: 1...12, using: &random))
                    .map { _ in Int.random(in: 0...message.count, using: &random) }.sorted()
            }
            if message.count <= 300 { splits += (0...message.count).map { [$0] } }
            for cuts in splits {
                let signatures = try Self.signatures(message, cutAt: cuts, signers)
                #expect(signatures == whole, "\(golden) cut at \(cuts)")
            }
        }
    }
}
