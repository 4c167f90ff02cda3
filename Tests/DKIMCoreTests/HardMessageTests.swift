// The golden folder: messages that are hard to canonicalize, signed in every way and verified again; and
// that a change of any signed bit is noticed. Foreign verifiers get the same messages in Tests/Interop.
import MailCore
import TestSupport
import Testing

@testable import DKIMCore

struct HardMessageTests {
    struct Combination: Sendable, CustomTestStringConvertible {
        let algorithm: SignatureAlgorithm
        let header: Canonicalization
        let body: Canonicalization
        var testDescription: String { "\(algorithm.rawValue) \(header.rawValue)/\(body.rawValue)" }

        static let all = SignatureAlgorithm.allCases.flatMap { algorithm in
            Canonicalization.allCases.flatMap { header in
                Canonicalization.allCases.map { Combination(algorithm: algorithm, header: header, body: $0) }
            }
        }

        func signer() throws -> Signer {
            var policy = Signer.Policy()
            policy.headerCanonicalization = header
            policy.bodyCanonicalization = body
            policy.lifetime = 86_400
            return try Signer(
                domain: "example.org", selector: "s", key: TestKeys.key(algorithm), policy: policy)
        }
    }

    @Test(arguments: Combination.all) func signedAndVerified(combination: Combination) throws {
        let messages = try GoldenMessage.all()
        #expect(messages.count >= 64)
        let record = try TestKeys.record(combination.algorithm)
        let signer = try combination.signer()
        for golden in messages {
            let message = TestMessage(wire: golden.wire)
            let results = try message.signed(by: signer).verify(answers(["s._domainkey.example.org": record]))
            #expect(results.map(\.verdict).first == .pass, "\(golden): \(results)")
        }
    }

    @Test(arguments: Combination.all.filter { $0.algorithm == .ed25519SHA256 })
    func anyFlippedBitIsNoticed(combination: Combination) throws {
        let message = try TestMessage(
            """
            From: a@example.org
            To: b@example.org
            Subject: A folded
             subject

            Two words.

            Another line.

            """
        ).signed(by: combination.signer())
        let record = try TestKeys.record(.ed25519SHA256)
        let wire = message.header.serialized + [13, 10] + message.body
        #expect(
            TestMessage(wire: wire).verify(answers(["s._domainkey.example.org": record])).map(\.verdict) == [
                .pass
            ])
        for index in wire.indices {
            for bit in 0..<8 {
                var changed = wire
                changed[index] ^= 1 << UInt8(bit)
                let copy = TestMessage(wire: changed)
                let results = copy.verify(answers(["s._domainkey.example.org": record]))
                let isPassed = results.contains { $0.verdict == .pass }
                let isAllowed = Self.isSame(message, copy, combination)
                #expect(isPassed == isAllowed, "bit \(bit) of byte \(index), \(wire[index])")
            }
        }
    }

    /// Whether all that is signed is the same in canonical form. Where relaxed is, blanks and the case of
    /// names may change; in b=, the bits that base 64 has over may.
    private static func isSame(_ left: TestMessage, _ right: TestMessage, _ combination: Combination) -> Bool
    {
        func parts(_ message: TestMessage) -> [[UInt8]]? {
            guard let first = message.header.fields.first, first.isNamed("DKIM-Signature"),
                let signature = try? ReceivedSignature.read(first).get()
            else { return nil }
            let fields = [signature.unsigned] + message.header.fields.dropFirst()
            return fields.map { canonicalField($0, combination.header) }
                + [signature.signature, canonicalBody([message.body[...]], combination.body)]
        }
        return parts(left) == parts(right)
    }
}
