// What a signature of ours says, covers and looks like.
import MailCore
import Testing

@testable import DKIMCore

struct SignerTests {
    private static let message = TestMessage(
        """
        Received: from a by b
        From: a@example.org
        To: first@example.org
        X-Other: x
        To: second@example.org
        Subject: s
        Bcc: c@example.org

        body

        """)

    private func signer(_ change: (inout Signer.Policy) -> Void = { _ in }) throws -> Signer {
        var policy = Signer.Policy()
        change(&policy)
        return try Signer(
            domain: "example.org", selector: "s2026", key: TestKeys.key(.ed25519SHA256), policy: policy)
    }

    private func field(_ signer: Signer, for message: TestMessage = message) throws -> String {
        String(
            decoding: try message.signed(by: signer, at: 1_700_000_000).header.fields[0].bytes, as: UTF8.self)
    }

    @Test func wholeField() throws {
        let signer = try signer {
            $0.identity = "@mail.example.org"
            $0.fields = SignedFields(signed: ["to", "Subject"], oversigned: ["Subject"])
        }
        let text = try field(signer)
        let signature = try #require(text.split(separator: "\r\n b=").last)
        #expect(
            text == """
                DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org;\r
                 s=s2026; i=@mail.example.org; t=1700000000; x=1700604800; h=From:From:to:to:\r
                 Subject:Subject; bh=Ck5SoRNWUpSR4X0COv7R5ub2pUTtl6xz4dTFz++ji4M=;\r
                 b=\(signature)
                """)
    }

    @Test func tagsThatMayLack() throws {
        let text = try field(
            signer {
                $0.includesTime = false
                $0.lifetime = nil
            })
        for tag in [" t=", " x=", " i=", " l="] { #expect(!text.contains(tag)) }
    }

    @Test func signsWhatIsThereAndOversigns() throws {
        let tags = try TagList(HeaderField(bytes: field(signer()).utf8)?.value ?? [])
        let names = try #require(tags.list("h"))
        let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(counts["From"] == 2)
        #expect(counts["To"] == 3)
        #expect(counts["Subject"] == 2)
        #expect(counts["Cc"] == 1)
        for name in ["Sender", "List-Id", "Received", "Bcc", "X-Other"] { #expect(counts[name] == nil) }
    }

    @Test(arguments: [1, 40, 120]) func linesAreShort(selectorLength: Int) throws {
        var message = Self.message
        for index in 0..<60 { message.header.fields.append(HeaderField(name: "X-\(index)", value: "x")) }
        var policy = Signer.Policy()
        policy.fields.signed += (0..<60).map { "X-\($0)" }
        policy.identity = "\"; =\u{E9}\"@example.org"
        let label = String(repeating: "s", count: 20)
        let selector = Array(repeating: label, count: (selectorLength + 19) / 20).joined(separator: ".")
        let signer = try Signer(
            domain: "example.org", selector: selector, key: TestKeys.key(.rsaSHA256), policy: policy)
        let lines = try field(signer, for: message).components("\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= max(78, selector.utf8.count + 4) })
        #expect(lines.count > 10)
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(" ") && $0.count > 1 })
    }

    @Test(arguments: [
        "", ".", "a..b", "-a.org", "exa mple.org", "ex\u{E9}..org", "a;b=c", "a\r\nb", "example.org.",
    ])
    func namesRefused(name: String) throws {
        let key = try TestKeys.key(.ed25519SHA256)
        #expect(throws: DKIMError.invalidDomain(name)) {
            try Signer(domain: name, selector: "s", key: key)
        }
        #expect(throws: DKIMError.invalidSelector(name)) {
            try Signer(domain: "example.org", selector: name, key: key)
        }
    }

    @Test(arguments: ["example.org", "a@example.com", "a@xexample.org", "@org", ""])
    func identitiesRefused(identity: String) {
        #expect(throws: DKIMError.invalidIdentity(identity)) { try signer { $0.identity = identity } }
    }

    @Test(arguments: ["Bcc", "return-path", "Received", "DKIM-Signature", "", "a:b", "a b", "a;b"])
    func fieldsRefused(name: String) {
        #expect(throws: DKIMError.unsignableField(name)) { try signer { $0.fields.signed.append(name) } }
        #expect(throws: DKIMError.unsignableField(name)) { try signer { $0.fields.oversigned.append(name) } }
    }

    @Test func lifetimeRefused() {
        #expect(throws: DKIMError.invalidLifetime) { try signer { $0.lifetime = 0 } }
    }

    @Test(arguments: [
        (Int64?.none, ""), (1, " x=1700000001;"), (604_800, " x=1700604800;"),
        (.max, " x=9223372036854775807;"),
    ])
    func lifetimes(lifetime: Int64?, tag: String) throws {
        #expect(Signer.Policy().lifetime == 604_800)
        let text = try field(signer { $0.lifetime = lifetime }).replacing("\r\n", with: "")
        #expect(text.contains(" x=") == !tag.isEmpty)
        #expect(text.contains(tag) || tag.isEmpty)
    }

    @Test func withoutFrom() {
        #expect(throws: DKIMError.missingFrom) { try field(signer(), for: TestMessage("To: x\n\nbody\n")) }
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
