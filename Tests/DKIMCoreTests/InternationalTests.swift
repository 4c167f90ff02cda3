// Names and headers of other scripts (RFC 8616 5).
import MailCore
import Testing

@testable import DKIMCore

struct InternationalTests {
    private static let ascii = "From: a@xn--bcher-kva.example\nSubject: s\n\nbody\n"
    private static let international = "From: a@b\u{FC}cher.example\nSubject: \u{FC}\n\nbody\n"
    private static let keyName = "xn--schlssel-95a._domainkey.xn--bcher-kva.example"

    private static func signer(
        _ domain: String = "b\u{FC}cher.example", _ selector: String = "schl\u{FC}ssel",
        identity: String? = nil
    ) throws -> Signer {
        var policy = Signer.Policy()
        policy.identity = identity
        return try Signer(
            domain: domain, selector: selector, key: TestKeys.key(.ed25519SHA256), policy: policy)
    }

    private static func verify(_ message: TestMessage) throws -> [SignatureResult] {
        try message.verify(answers([keyName: TestKeys.record(.ed25519SHA256)]))
    }

    private static func tags(_ message: TestMessage) throws -> TagList {
        try TagList(message.header.fields[0].value)
    }

    @Test(
        arguments: [
            ("b\u{FC}cher.example", "schl\u{FC}ssel"), ("xn--bcher-kva.example", "xn--schlssel-95a"),
            ("B\u{DC}CHER.example", "xn--schlssel-95a"),
        ], [true, false])
    func headerDecidesTheForm(names: (domain: String, selector: String), isInternational: Bool) throws {
        let signer = try Self.signer(names.domain, names.selector, identity: "@m." + names.domain)
        #expect(signer.domain == "xn--bcher-kva.example")
        #expect(signer.selector == "xn--schlssel-95a")
        let message = try TestMessage(isInternational ? Self.international : Self.ascii).signed(by: signer)
        let tags = try Self.tags(message)
        #expect(tags.text("d") == (isInternational ? "b\u{FC}cher.example" : "xn--bcher-kva.example"))
        #expect(tags.text("s") == (isInternational ? "schl\u{FC}ssel" : "xn--schlssel-95a"))
        #expect(tags.text("i") == (isInternational ? "@m.b\u{FC}cher.example" : "@m.xn--bcher-kva.example"))
        #expect(Verifier(header: message.header).keyNames == [Self.keyName])
        #expect(try Self.verify(message).map(\.verdict) == [.pass])
        #expect(try Self.verify(message).map(\.identity) == ["@m.xn--bcher-kva.example"])
    }

    /// Bytes of another charset make no international header.
    @Test func latin1() throws {
        var message = TestMessage(Self.ascii)
        message.header.fields.append(
            try #require(HeaderField(bytes: Array("X-Name: ".utf8) + [0xFC])))
        let signed = try message.signed(by: Self.signer())
        #expect(try Self.tags(signed).text("d") == "xn--bcher-kva.example")
        #expect(try Self.verify(signed).map(\.verdict) == [.pass])
    }

    @Test(arguments: [
        ("j\u{F6}@b\u{FC}cher.example", "j\u{F6}@b\u{FC}cher.example", "@xn--bcher-kva.example"),
        ("jo;e@b\u{FC}cher.example", "jo=3Be@b\u{FC}cher.example", "jo=3Be@xn--bcher-kva.example"),
    ])
    func localParts(identity: String, international: String, ascii: String) throws {
        let signer = try Self.signer(identity: identity)
        for (text, expected) in [(Self.international, international), (Self.ascii, ascii)] {
            let message = try TestMessage(text).signed(by: signer)
            #expect(try Self.tags(message).text("i") == expected)
            #expect(try Self.verify(message).map(\.verdict) == [.pass])
        }
    }

    /// The hash has the name as it stands in the field: another form of the same name is another text.
    @Test func theOtherFormBreaksTheSignature() throws {
        var message = try TestMessage(Self.international).signed(by: Self.signer())
        let text = String(decoding: message.header.fields[0].bytes, as: UTF8.self)
        let changed = text.replacing("d=b\u{FC}cher.example", with: "d=xn--bcher-kva.example")
        #expect(changed != text)
        message.header.fields[0] = try #require(HeaderField(bytes: changed.utf8))
        #expect(try Self.verify(message).map(\.reason) == ["the signature did not verify"])
    }

    @Test(arguments: [
        // Case and composition are mapped before the comparison.
        ("d=B\u{DC}CHER.example; i=@m.bu\u{308}cher.example;", SignatureResult.Verdict.pass),
        ("d=b\u{FC}cher.example; i=@xn--bcher-kva.example;", .pass),
        ("d=xn--bcher-kva.example; i=@m.b\u{FC}cher.example;", .pass),
        ("d=b\u{FC}cher.example; i=@bucher.example;", .permerror),
        // Quoted, a U-label stands in a field of ASCII.
        ("d=xn--bcher-kva.example; i=@b=C3=BCcher.example;", .neutral),
        ("d=b\u{FC}cher\u{FF1B}.example;", .neutral),
        ("d=b\u{FC}..example;", .neutral),
        ("d=\u{202E}b\u{FC}cher.example;", .neutral),
        ("d=b\u{FFFD}cher.example;", .neutral),
    ])
    func receivedNames(tags: String, verdict: SignatureResult.Verdict) throws {
        let message = try TestMessage(Self.international).signed(
            tags: "v=1; a=ed25519-sha256; s=schl\u{FC}ssel; \(tags)")
        #expect(try Self.verify(message).map(\.verdict) == [verdict])
    }

    @Test func anotherCharset() throws {
        var message = try TestMessage(Self.ascii).signed(by: Self.signer())
        message.header.fields[0] = try #require(
            HeaderField(bytes: message.header.fields[0].bytes + Array("; z=".utf8) + [0xFC]))
        #expect(try Self.verify(message).map(\.reason) == ["the field is neither ASCII nor UTF-8"])
    }

    @Test(arguments: [
        "a\u{1B}b@b\u{FC}cher.example", "\u{202E}x@b\u{FC}cher.example", "\u{2028}@b\u{FC}cher.example",
    ])
    func unsafeLocalPartsAreNotShown(identity: String) throws {
        let message = try TestMessage(Self.international).signed(by: Self.signer(identity: identity))
        #expect(try Self.verify(message).map(\.identity) == [nil])
        #expect(try Self.verify(message).map(\.verdict) == [.pass])
    }
}
