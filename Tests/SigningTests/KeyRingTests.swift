// Which key signs, by the author's domain, and what is said where none does.
import DKIMCore
import MailCore
import SmarthostConfiguration
import TestSupport
import Testing

@testable import Signing

@Suite struct KeyRingTests {
    static let sections = """
        account default
        host relay.test
        dkim example.org
        selector org
        key_file /keys/org
        dkim sub.example.org
        selector sub
        key_file /keys/sub
        dkim example.net
        selector net
        key_file /keys/net
        """ + "\n"

    @Test(
        arguments: [
            ("ann@example.org", "org"), ("Ann <ann@EXAMPLE.ORG>", "org"), ("ann@sub.example.org", "sub"),
            ("ann@a.b.sub.example.org", "sub"), ("ann@other.example.org", "org"), ("ann@example.net", "net"),
            ("ann@notexample.org", nil), ("ann@org", nil), ("ann@example.com", nil), ("ann", nil),
            ("ann@example.net, bob@example.org", "net"), ("team: ann@example.org;", "org"),
            ("bob@example.com, ann@sub.example.org", "sub"), ("Example, Inc. <info@example.org>", "org"),
            ("Müller, Hans <info@example.org>", "org"), ("root, info@example.org", "org"),
            ("Smile :) <info@example.org>", "org"), ("Shop (Berlin <info@example.org>", "org"),
            ("Smile :) <info@a.example.com>", nil), ("a :) <b@example.net> (x <info@example.org>", "org"),
            ("Shop (Berlin <info@example.org> <", "org"), ("x :) <M ller@example.org >", "org"),
            ("undisclosed:;", nil),
        ] as [(String, String?)])
    func authorChooses(author: String, selector: String?) throws {
        let ring = try Self.ring(missing: .send)
        let header = MessageHeader(fields: [HeaderField(name: "From", value: author)])
        #expect(try ring.signers(for: header).map(\.selector) == [selector].compactMap(\.self))
    }

    @Test func oneOfSeveralFields() throws {
        let ring = try Self.ring(missing: .send)
        let fields = ["ann@example.com", "Smile :)", "bob@example.net"].map {
            HeaderField(name: "From", value: $0)
        }
        #expect(try ring.signers(for: MessageHeader(fields: fields)).map(\.selector) == ["net"])
    }

    /// The display name as programs write it that know one encoding only.
    @Test func nameInLatin1() throws {
        let ring = try Self.ring(missing: .send)
        let bytes = Array("From: M".utf8) + [0xFC] + Array("ller, Hans <info@example.org>".utf8)
        let header = MessageHeader(fields: [try #require(HeaderField(bytes: bytes))])
        #expect(try ring.signers(for: header).map(\.selector) == ["org"])
    }

    @Test(arguments: ["<<broken", "Smile :)", "Shop (Berlin", "a :) <info@>", "a :) <info@example.org", nil])
    func unreadableAuthor(author: String?) throws {
        let header = MessageHeader(fields: author.map { [HeaderField(name: "From", value: $0)] } ?? [])
        for policy in [nil, .send, .defer, .reject] as [MissingKeyPolicy?] {
            let ring = try Self.ring(missing: policy)
            let failure = #expect(throws: DeliveryFailure.self) { try ring.signers(for: header) }
            #expect(failure?.phase == .signing)
            #expect(failure?.disposition == (policy == .reject ? .permanent : .transient))
            #expect(failure?.enhanced.description == (policy == .reject ? "5.7.20" : "4.7.0"))
            #expect(failure?.text.contains("From cannot be read") == true)
        }
        #expect(try KeyRing.of([]).signers(for: header).isEmpty)
    }

    @Test func readsEachFileAndNamesABadOne() throws {
        let settings = try parsedConfiguration(Self.sections).dkim
        let read = Collector<String>()
        _ = try KeyRing(settings) { source throws(KeyProblem) in
            read.add("\(source)")
            return testKey()
        }
        #expect(read.values == ["/keys/org", "/keys/sub", "/keys/net"])
        let problem = #expect(throws: KeyProblem.self) {
            try KeyRing(settings) { source throws(KeyProblem) in
                source == .file("/keys/sub") ? Array("no key at all".utf8) : testKey()
            }
        }
        #expect(
            problem?.description.contains("dkim sub.example.org: /keys/sub: no private key in PEM form")
                == true)
        #expect(problem?.description.contains("no key at all") == false)
    }

    @Test func shortKeysAreWarnedOf() throws {
        let short = try SigningKey.generate(bits: 1024)
        var pem: [UInt8] = []
        try short.withPEM { span in span.withUnsafeBytes { pem = Array($0) } }
        let ring = try KeyRing(parsedConfiguration(Self.sections).dkim) { source throws(KeyProblem) in
            source == .file("/keys/sub") ? pem : testKey()
        }
        #expect(
            ring.warnings == [
                "/test.conf:8: dkim sub.example.org: /keys/sub: the RSA key has only 1024 bits; signers should "
                    + "use 2048 or more (RFC 8301)"
            ])
    }

    /// What a section leaves out of its fields is not signed after all because it is usually oversigned.
    @Test(arguments: [
        ("sign_headers From,Subject\n", ["From", "Subject"]), ("", SignedFields.guarded),
        ("sign_headers From,Subject\noversign_headers To\n", ["To"]),
    ])
    func oversignedFields(lines: String, oversigned: [String]) throws {
        let text = "dkim example.org\nselector s1\nkey_file /keys/s1\n" + lines
        let ring = try KeyRing(parsedConfiguration(text).dkim) { _ throws(KeyProblem) in testKey() }
        #expect(ring.sections["example.org"]?.signers.map(\.policy.fields.oversigned) == [oversigned])
    }

    @Test func withoutSections() throws {
        #expect(try KeyRing.of([]).isEmpty)
        #expect(try KeyRing.of([]).signers(for: from("a@b.c")).isEmpty)
    }

    // MARK: Names in other scripts

    /// Each form of the name finds the key, and d= is the form that the DNS knows.
    @Test(
        arguments: ["bücher.example", "xn--bcher-kva.example"], ["bücher.example", "xn--bcher-kva.example"])
    func bothForms(configured: String, written: String) throws {
        let ring = try KeyRing.of([.test(configured, ["s1"])])
        for domain in [written, "news.\(written)"] {
            let signers = try ring.signers(for: from("ann@\(domain)"))
            #expect(signers.map(\.domain) == ["xn--bcher-kva.example"])
        }
    }

    @Test func oneDomainInTwoForms() throws {
        let problem = #expect(throws: KeyProblem.self) {
            try KeyRing.of([.test("bücher.example", ["s1"]), .test("xn--bcher-kva.example", ["s2"])])
        }
        #expect(problem?.description.contains("is the same domain as that of the section at") == true)
    }

    @Test func twoForEverybody() throws {
        let problem = #expect(throws: KeyProblem.self) {
            try KeyRing.of([
                .test("a.example", ["s1"], scope: .everybody), .test("b.example", ["s2"], scope: .everybody),
            ])
        }
        #expect(problem?.description.contains("is for everybody, and so are the keys at") == true)
    }

    // MARK: Several keys, and the account's own choice

    static let choices: [(SigningChoice, String, [String])] = [
        (.automatic, "ann@example.org", ["rsa", "ed"]), (.automatic, "ann@a.example.org", ["rsa", "ed"]),
        (.automatic, "ann@example.com", ["all"]), (.automatic, "Smile :)", ["all"]),
        (.section("example.org"), "ann@example.com", ["rsa", "ed"]),
        (.section("EXAMPLE.org"), "Smile :)", ["rsa", "ed"]), (.section("*"), "ann@example.org", ["all"]),
        // The environment's key has no name but its domain.
        (.section("example.net"), "ann@example.org", ["all"]), (.off, "ann@example.org", []),
    ]

    @Test(arguments: choices) func choice(_ choice: SigningChoice, author: String, selectors: [String]) throws
    {
        let ring = try KeyRing.of([
            .test("example.org", ["rsa", "ed"]), .test("example.net", ["all"], scope: .everybody),
        ])
        #expect(try ring.signers(for: from(author), choice).map(\.selector) == selectors)
    }

    @Test func sectionThatIsNotThere() throws {
        let ring = try KeyRing.of([.test("example.org", ["s1"])])
        let failure = #expect(throws: DeliveryFailure.self) {
            try ring.signers(for: from("ann@example.org"), .section("*"))
        }
        #expect(failure?.phase == .signing && failure?.disposition == .transient)
        #expect(failure?.text.contains("no section `dkim *`") == true)
    }

    // MARK: No key

    enum Result { case quiet, counted, deferred, refused }

    static let policies: [(MissingKeyPolicy?, Bool, Result)] = [
        (nil, false, .quiet), (.send, false, .quiet), (.defer, false, .deferred), (.reject, false, .refused),
        (nil, true, .deferred), (.send, true, .counted), (.defer, true, .deferred), (.reject, true, .refused),
    ]

    @Test(arguments: policies)
    func withoutKey(policy: MissingKeyPolicy?, hasOthers: Bool, result: Result) throws {
        let ring = try KeyRing.of(hasOthers ? [.test("example.net", ["s1"])] : [], missing: policy)
        let header = from("ann@example.org")
        switch result {
        case .quiet, .counted:
            guard case .unsigned(let reason) = try ring.decision(on: header, .automatic) else {
                throw TestFailure("it is signed")
            }
            #expect(reason == (result == .quiet ? .noKeys : .noKeyForAuthor))
        case .deferred, .refused:
            let failure = #expect(throws: DeliveryFailure.self) { try ring.signers(for: header) }
            #expect(failure?.phase == .signing && failure?.scope == .message)
            #expect(failure?.disposition == (result == .deferred ? .transient : .permanent))
            #expect(failure?.enhanced.description == (result == .deferred ? "4.7.0" : "5.7.20"))
            #expect(failure?.text.contains("add a section `dkim example.org`") == true)
        }
    }

    private func from(_ author: String) -> MessageHeader {
        MessageHeader(fields: [HeaderField(name: "From", value: author)])
    }

    private static func ring(missing: MissingKeyPolicy? = nil) throws -> KeyRing {
        try KeyRing.of(parsedConfiguration(Self.sections).dkim, missing: missing)
    }
}
