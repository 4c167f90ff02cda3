// Which fields of a message a signature covers: what relays rewrite, what was sent again, what others signed,
// and who else claims to be its author.
import MailCore
import Testing

@testable import DKIMCore

struct SignedContentTests {
    private static let resent = TestMessage(
        """
        Resent-Date: Mon, 2 Nov 2026 10:00:00 +0000
        Resent-From: c@example.net
        Resent-To: d@example.com
        Resent-Date: Sun, 1 Nov 2026 10:00:00 +0000
        Resent-From: b@example.org
        Resent-To: c@example.net
        Resent-Bcc: x@example.net
        DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=other; h=From; bh=AAAA; b=AAAA
        From: a@example.org
        To: b@example.org
        Date: Sat, 31 Oct 2026 10:00:00 +0000
        Message-ID: <1@example.org>

        body

        """)

    private static func signer(_ selector: String = "s") throws -> Signer {
        try Signer(domain: "example.org", selector: selector, key: TestKeys.key(.ed25519SHA256))
    }

    private static func signed(_ message: TestMessage, skipping names: [String] = []) throws -> TestMessage {
        var hasher = try signer().makeBodyHasher()
        hasher.update(message.body)
        let wanted = MessageToSign(message.header, envelope: nil, at: 1_000, skippedFields: names)
        var copy = message
        copy.header.fields.insert(
            try signer().signature(for: wanted, bodyHash: hasher.finish()), at: 0)
        return copy
    }

    private static func counts(_ message: TestMessage) throws -> [String: Int] {
        let signature = try ReceivedSignature.read(message.header.fields[0]).get()
        return Dictionary(signature.fieldNames.map { ($0.lowercased(), 1) }, uniquingKeysWith: +)
    }

    private static func verdicts(_ message: TestMessage) throws -> [SignatureResult.Verdict] {
        let record = try TestKeys.record(.ed25519SHA256)
        return message.verify { name in
            name.hasSuffix("._domainkey.example.org") ? .records([Array(record.utf8)]) : .none
        }.map(\.verdict)
    }

    @Test func skippedFieldsAreNeitherSignedNorGuarded() throws {
        var message = try Self.signed(Self.resent, skipping: ["date", "MESSAGE-ID", "X-Unknown"])
        let counts = try Self.counts(message)
        #expect(counts["date"] == nil)
        #expect(counts["message-id"] == nil)
        #expect(counts["to"] == 2)
        message.header.fields.removeAll { $0.isNamed("Message-ID") }
        message.header.fields.append(HeaderField(name: "Date", value: "now"))
        #expect(try Self.verdicts(message).first == .pass)
    }

    @Test func fromIsNeverSkipped() throws {
        #expect(try Self.counts(Self.signed(Self.resent, skipping: ["From"]))["from"] == 2)
    }

    /// Each block is signed, none is guarded: whoever sends the message again adds one.
    @Test func resentBlocks() throws {
        var message = try Self.signed(Self.resent)
        let counts = try Self.counts(message)
        for name in ["resent-date", "resent-from", "resent-to"] { #expect(counts[name] == 2) }
        #expect(counts["resent-bcc"] == nil)
        let block = ["Resent-To: e@example.com", "Resent-From: d@example.com"].compactMap {
            HeaderField(bytes: $0.utf8)
        }
        message.header.fields.insert(contentsOf: block, at: 1)
        #expect(try Self.verdicts(message).first == .pass)
        message.header.fields.removeAll { $0.isNamed("Resent-To") }
        #expect(try Self.verdicts(message).first == .fail)
    }

    @Test func signaturesAreNeverCovered() throws {
        let once = try Self.signed(Self.resent)
        let twice = try Self.signed(once)
        #expect(try Self.counts(twice)["dkim-signature"] == nil)
        #expect(twice.header.fields.dropFirst() == once.header.fields[...])
        #expect(try Self.verdicts(twice) == [.pass, .pass, .permerror])
        var bare = twice
        bare.header.fields.removeAll { $0.isNamed("DKIM-Signature") }
        bare.header.fields.insert(twice.header.fields[0], at: 0)
        #expect(try Self.verdicts(bare) == [.pass])
    }

    /// All are signed (RFC 6376 5.4.2), and one more cannot be added.
    @Test func severalAuthors() throws {
        var message = Self.resent
        message.header.fields.append(HeaderField(name: "From", value: "second@example.org"))
        message = try Self.signed(message)
        #expect(try Self.counts(message)["from"] == 3)
        #expect(try Self.verdicts(message).first == .pass)
        for position in [1, message.header.fields.count] {
            var changed = message
            changed.header.fields.insert(HeaderField(name: "From", value: "x@example.com"), at: position)
            #expect(try Self.verdicts(changed).first == .fail)
        }
    }
}
