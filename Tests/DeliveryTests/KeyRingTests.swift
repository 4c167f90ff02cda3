// Which key signs, by the author's domain, and what is said where none does.
import DKIMCore
import MailCore
import SmarthostConfiguration
import TestSupport
import Testing

@testable import Delivery

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
            ("ann@example.net, bob@example.org", "net"), ("team: ann@example.org;", "org"), ("<<broken", nil),
        ] as [(String, String?)])
    func authorChooses(author: String, selector: String?) throws {
        let ring = try KeyRing(parse(Self.sections).dkim) { _ throws(KeyProblem) in testKey() }
        let header = MessageHeader(fields: [HeaderField(name: "From", value: author)])
        #expect(ring.signer(for: header)?.selector == selector)
        #expect(ring.signer(for: MessageHeader(fields: [])) == nil)
    }

    @Test func readsEachFileAndNamesABadOne() throws {
        let settings = try parse(Self.sections).dkim
        let read = Collector<String>()
        _ = try KeyRing(settings) { path throws(KeyProblem) in
            read.add(path)
            return testKey()
        }
        #expect(read.values == ["/keys/org", "/keys/sub", "/keys/net"])
        let problem = #expect(throws: KeyProblem.self) {
            try KeyRing(settings) { path throws(KeyProblem) in
                path == "/keys/sub" ? Array("no key at all".utf8) : testKey()
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
        #expect(ring.signer(for: MessageHeader(fields: [HeaderField(name: "From", value: "a@b.c")])) == nil)
    }

    private func deliver(_ author: String, _ dkim: String) async throws -> (content: [UInt8], log: [String]) {
        let relay = try ScriptedRelay()
        return try await Station.run("account default\n\(relay.account)\(dkim)") { station in
            let id = try await station.store(from: author)
            #expect(await station.scheduler.deliverNow(id).map(\.failure) == [nil])
            return (relay.received[0].content, station.log)
        }
    }

    @Test func unsignedOnlyWithAWarning() async throws {
        let dkim = "dkim example.net\nselector net\nkey_file /keys/net\n"
        let (content, log) = try await deliver("ann@example.org", dkim)
        #expect(try SigningIdentity.shared.get().results(for: content).isEmpty)
        #expect(log.contains { $0.hasPrefix("sent unsigned: id=") })
        let signed = try await deliver("ann@example.net", dkim)
        #expect(try SigningIdentity.shared.get().signs(signed.content, domain: "example.net"))
        #expect(!signed.log.contains { $0.hasPrefix("sent unsigned") })
        #expect(signed.log.contains { $0.contains("dkim=net._domainkey.example.net") })
    }

    @Test func noWarningWhereNobodyWantsSignatures() async throws {
        let (_, log) = try await deliver("ann@example.org", "")
        #expect(log.count == 1 && log[0].hasPrefix("delivered: id="))
    }
}
