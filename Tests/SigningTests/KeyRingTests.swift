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
        let ring = try KeyRing(parsedConfiguration(Self.sections).dkim) { _ throws(KeyProblem) in testKey() }
        let header = MessageHeader(fields: [HeaderField(name: "From", value: author)])
        #expect(try ring.signer(for: header)?.selector == selector)
    }

    @Test func oneOfSeveralFields() throws {
        let ring = try KeyRing(parsedConfiguration(Self.sections).dkim) { _ throws(KeyProblem) in testKey() }
        let fields = ["ann@example.com", "Smile :)", "bob@example.net"].map {
            HeaderField(name: "From", value: $0)
        }
        #expect(try ring.signer(for: MessageHeader(fields: fields))?.selector == "net")
    }

    /// The display name as programs write it that know one encoding only.
    @Test func nameInLatin1() throws {
        let ring = try KeyRing(parsedConfiguration(Self.sections).dkim) { _ throws(KeyProblem) in testKey() }
        let bytes = Array("From: M".utf8) + [0xFC] + Array("ller, Hans <info@example.org>".utf8)
        let header = MessageHeader(fields: [try #require(HeaderField(bytes: bytes))])
        #expect(try ring.signer(for: header)?.selector == "org")
    }

    @Test(arguments: ["<<broken", "Smile :)", "Shop (Berlin", "a :) <info@>", "a :) <info@example.org", nil])
    func unreadableAuthor(author: String?) throws {
        let header = MessageHeader(fields: author.map { [HeaderField(name: "From", value: $0)] } ?? [])
        let ring = try KeyRing(parsedConfiguration(Self.sections).dkim) { _ throws(KeyProblem) in testKey() }
        let failure = #expect(throws: DeliveryFailure.self) { try ring.signer(for: header) }
        #expect(failure?.phase == .signing && failure?.disposition == .transient)
        #expect(failure?.text.contains("From cannot be read") == true)
        let without = try KeyRing([]) { _ throws(KeyProblem) in testKey() }
        #expect(try without.signer(for: header) == nil)
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

    @Test func withoutSections() throws {
        let ring = try KeyRing([]) { _ throws(KeyProblem) in testKey() }
        #expect(ring.isEmpty)
        #expect(
            try ring.signer(for: MessageHeader(fields: [HeaderField(name: "From", value: "a@b.c")])) == nil)
    }
}
