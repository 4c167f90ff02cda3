// DMARC records, the walk up the tree, and alignment.
import LinuxIO
import Testing

@testable import ControlCommands

@Suite struct DMARCTests {
    typealias Zone = [String: [String]]

    static func lookUp(_ zone: Zone) -> (String) -> TextRecordAnswer {
        { name in
            if name.hasSuffix("silent.test") {
                return .failure(TextRecordFailure(.noAnswer, name: name, server: "192.0.2.1:53"))
            }
            return zone[name].map { .found($0.map { [Array($0.utf8)] }) } ?? .noSuchName(name)
        }
    }

    @Test(arguments: [
        "v=DMARC1; p=none", "v=DMARC1", " v = DMARC1 ;p=none;", "V=DMARC1; p=NONE; adkim=r; rua=mailto:a@b",
    ])
    func records(_ text: String) throws {
        let record = try #require(DMARCRecord(Array(text.utf8)))
        #expect(record.policy == "none" && !record.isStrict && record.publicSuffix == nil)
    }

    @Test(arguments: [
        "", ";", "=", "p=none; v=DMARC1", "v=DMARC2; p=none", "v=spf1 -all", "v=dmarc1; p=none",
    ])
    func noRecords(_ text: String) {
        #expect(DMARCRecord(Array(text.utf8)) == nil)
    }

    @Test func tags() throws {
        let record = try #require(
            DMARCRecord(Array("v=DMARC1; p=Reject; sp=quarantine; adkim=s; psd=n".utf8)))
        #expect(record.policy == "reject" && record.subdomainPolicy == "quarantine")
        #expect(record.isStrict && record.publicSuffix == "n")
    }

    @Test func walk() {
        #expect(DMARCDiscovery.walk(from: "a.example.org") == ["a.example.org", "example.org", "org"])
        #expect(
            DMARCDiscovery.walk(from: "a.b.c.d.e.f.g.h.i.j").map(\.count)
                == [19, 13, 11, 9, 7, 5, 3, 1])
        #expect(DMARCDiscovery.walk(from: "a.b.c.d.e.f.g.h").count == 8)
    }

    @Test(
        arguments: [
            ("mail.a.test", [:], nil, "mail.a.test"),
            ("a.test", ["_dmarc.a.test": ["v=DMARC1"]], "a.test", "a.test"),
            ("x.y.a.test", ["_dmarc.a.test": ["v=DMARC1"]], "a.test", "a.test"),
            (
                "x.a.test", ["_dmarc.x.a.test": ["v=DMARC1"], "_dmarc.a.test": ["v=DMARC1"]], "x.a.test",
                "a.test"
            ),
            // A record between the two holds for its own domain only.
            (
                "x.y.a.test", ["_dmarc.y.a.test": ["v=DMARC1"], "_dmarc.a.test": ["v=DMARC1"]], "a.test",
                "a.test"
            ),
            (
                "x.a.test", ["_dmarc.x.a.test": ["v=DMARC1; psd=n"], "_dmarc.a.test": ["v=DMARC1"]],
                "x.a.test", "x.a.test"
            ),
            ("x.a.test", ["_dmarc.test": ["v=DMARC1; psd=y"]], "test", "a.test"),
            (
                "x.a.test", ["_dmarc.test": ["v=DMARC1; psd=y"], "_dmarc.a.test": ["v=DMARC1"]], "a.test",
                "a.test"
            ),
            ("a.test", ["_dmarc.a.test": ["v=spf1 -all", "v=DMARC1"]], "a.test", "a.test"),
            ("a.test", ["_dmarc.a.test": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]], nil, "a.test"),
        ] as [(String, Zone, String?, String)])
    func discovery(_ domain: String, _ zone: Zone, _ place: String?, _ organization: String) throws {
        let result = try DMARCDiscovery(lookUp: Self.lookUp(zone)).result(for: domain)
        #expect(result.recordDomain == place)
        #expect(result.organizationalDomain == organization)
    }

    private func look(_ domain: String, signedBy signing: String, _ zone: Zone) -> [String] {
        let author = AlignmentCheck.Author(domain: domain, accounts: ["default", "news"])
        return AlignmentCheck(signingDomain: signing, lookUp: Self.lookUp(zone)).findings(for: author).map(
            \.line)
    }

    @Test func noRecord() {
        #expect(
            look("a.test", signedBy: "a.test", [:]) == [
                "_dmarc.a.test: note: there is no DMARC record for a.test, which large receivers want: publish a "
                    + "TXT record there with the value v=DMARC1; p=none to begin with"
            ])
        #expect(
            look("a.silent.test", signedBy: "a.test", [:]) == [
                "_dmarc.a.silent.test: unknown: the name server 192.0.2.1:53 did not answer: see that it runs and "
                    + "that no firewall is between, or try later"
            ])
        #expect(
            look("a.test", signedBy: "a.test", ["_dmarc.a.test": ["v=DMARC1", "v=DMARC1"]]) == [
                "_dmarc.a.test: wrong: there are several DMARC records, of which receivers take none: leave one"
            ])
    }

    /// The zone's own server is asked: it refuses what is above.
    @Test func serverOfTheZoneAlone() throws {
        func result(_ zone: Zone) throws -> DMARCDiscovery.Result {
            try DMARCDiscovery { name in
                if name.hasSuffix("a.test") { return Self.lookUp(zone)(name) }
                return .failure(TextRecordFailure(.refused, name: name, server: "192.0.2.1:53"))
            }.result(for: "x.a.test")
        }
        let found = try result(["_dmarc.a.test": ["v=DMARC1; p=reject"]])
        #expect(found.recordDomain == "a.test" && found.organizationalDomain == "a.test")
        let missing = try result([:])
        #expect(missing.record == nil)
        #expect(missing.unasked == TextRecordFailure(.refused, name: "_dmarc.test", server: "192.0.2.1:53"))
    }

    @Test func alignment() {
        let relaxed = ["_dmarc.a.test": ["v=DMARC1; p=reject; sp=quarantine"], "_dmarc.b.test": ["v=DMARC1"]]
        let strict = ["_dmarc.a.test": ["v=DMARC1; p=none; adkim=s"]]
        #expect(
            look("a.test", signedBy: "a.test", strict) == [
                "_dmarc.a.test: good: the DMARC record says p=none: receivers report, but act on nothing; adkim=s",
                "account default, news: good: mail from a.test is aligned: d= is the same domain",
            ])
        #expect(
            look("x.a.test", signedBy: "a.test", relaxed) == [
                "_dmarc.a.test: good: the DMARC record, which holds for x.a.test too, says p=quarantine; adkim=r",
                "account default, news: good: mail from x.a.test is aligned: it and d=a.test both belong to a.test",
            ])
        #expect(
            look("x.a.test", signedBy: "a.test", strict).last
                == "account default, news: wrong: mail from x.a.test is not aligned: adkim=s wants d=x.a.test, but "
                + "d=a.test signs; add a section dkim x.a.test, or remove adkim=s")
        #expect(
            look("a.test", signedBy: "b.test", relaxed).last
                == "account default, news: wrong: mail from a.test is not aligned: it belongs to a.test, d=b.test to "
                + "b.test; sign it with a key of a.test")
    }
}
