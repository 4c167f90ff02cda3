// Several signatures of one message.
import MailCore
import Testing

@testable import DKIMCore

struct MessageSignerTests {
    private static let message = TestMessage("From: a@example.org\nSubject: s\n\nbody  of \n words\n\n")

    private static func signer(
        _ algorithm: SignatureAlgorithm, _ selector: String, _ body: Canonicalization = .relaxed
    ) throws -> Signer {
        var policy = Signer.Policy()
        policy.bodyCanonicalization = body
        return try Signer(
            domain: "example.org", selector: selector, key: TestKeys.key(algorithm), policy: policy)
    }

    private static func signed(_ signers: [Signer]) throws -> TestMessage {
        var signer = MessageSigner(signers)
        signer.update(message.body.prefix(3))
        signer.update(message.body.dropFirst(3))
        var copy = message
        copy.header.fields.insert(
            contentsOf: try signer.signatures(for: MessageToSign(message.header, envelope: nil, at: 1_000)),
            at: 0)
        return copy
    }

    private static func verify(_ message: TestMessage) throws -> [SignatureResult] {
        let records = try ["e": TestKeys.record(.ed25519SHA256), "r": TestKeys.record(.rsaSHA256)]
        return message.verify { name in
            records[String(name.prefix(1))].map { .records([Array($0.utf8)]) } ?? .none
        }
    }

    @Test(arguments: Canonicalization.allCases, Canonicalization.allCases)
    func rsaStandsOnTop(first: Canonicalization, second: Canonicalization) throws {
        let message = try Self.signed([
            Self.signer(.ed25519SHA256, "e1", first), Self.signer(.rsaSHA256, "r1", second),
            Self.signer(.ed25519SHA256, "e2", second),
        ])
        let results = try Self.verify(message)
        #expect(results.map(\.selector) == ["r1", "e1", "e2"])
        #expect(results.map(\.verdict) == [.pass, .pass, .pass])
    }

    @Test func eachStandsWithoutTheOther() throws {
        let message = try Self.signed([Self.signer(.ed25519SHA256, "e"), Self.signer(.rsaSHA256, "r")])
        for index in 0..<2 {
            var copy = message
            copy.header.fields.remove(at: index)
            #expect(try Self.verify(copy).map(\.verdict) == [.pass])
        }
        var turned = message
        turned.header.fields.swapAt(0, 1)
        #expect(try Self.verify(turned).map(\.selector) == ["e", "r"])
        #expect(try Self.verify(turned).map(\.verdict) == [.pass, .pass])
    }

    @Test func withoutSigners() throws { #expect(try Self.signed([]).header == Self.message.header) }

    @Test func oneThatFailsFailsAll() throws {
        let signer = try MessageSigner([Self.signer(.rsaSHA256, "r"), Self.signer(.ed25519SHA256, "e")])
        #expect(throws: DKIMError.missingFrom) {
            try signer.signatures(for: MessageToSign(MessageHeader(fields: []), envelope: nil, at: 0))
        }
    }
}
