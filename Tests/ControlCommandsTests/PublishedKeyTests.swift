// What is said of a key's record, with answers of every kind.
import DKIMCore
import LinuxIO
import Testing

@testable import ControlCommands

@Suite struct PublishedKeyTests {
    static let domain = "example.org"
    static let name = "s1._domainkey.example.org"

    let own: OwnKey
    let other: OwnKey
    let stranger: KeyRecord

    init() throws {
        func make(_ selector: String) throws -> OwnKey {
            OwnKey(
                domain: Self.domain, selector: selector, source: "/keys/\(selector).pem",
                record: try KeyRecord(for: .generate(.ed25519SHA256)))
        }
        own = try make("s1")
        other = try make("s2")
        stranger = try KeyRecord(for: .generate(.ed25519SHA256))
    }

    private func look(
        _ answers: [String: TextRecordAnswer], identity: String? = nil
    ) -> [CheckFinding] {
        var own = own
        own.identity = identity
        return PublishedKeyCheck(known: [own, other]) { answers[$0] ?? .noSuchName($0) }.findings(for: own)
    }

    private func look(records: String..., identity: String? = nil) -> [CheckFinding] {
        look([Self.name: .found(records.map { [Array($0.utf8)] })], identity: identity)
    }

    private func expect(
        _ findings: [CheckFinding], _ grade: CheckFinding.Grade, _ code: CheckFinding.Code, _ text: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(findings.map(\.grade) == [grade], sourceLocation: location)
        #expect(findings.map(\.code) == [code], sourceLocation: location)
        #expect(findings.allSatisfy { $0.place == Self.name }, sourceLocation: location)
        let said = findings.map(\.text).joined(separator: "\n")
        #expect(said.contains(text), sourceLocation: location)
    }

    private var key: String { String(own.record.text.split(separator: "p=").last ?? "") }

    @Test func good() {
        expect(
            look(records: own.record.text), .good, .published, "the published key is the one in /keys/s1.pem")
        let bytes = Array(own.record.text.utf8)
        let split = TextRecordAnswer.found([[Array(bytes.prefix(30)), Array(bytes.dropFirst(30))]])
        expect(look([Self.name: split]), .good, .published, "the published key is the one")
    }

    @Test func nothingThere() {
        expect(look([:]), .wrong, .noSuchName, "there is no such name in the DNS (NXDOMAIN)")
        expect(
            look([Self.name: .noTextRecord(Self.name)]), .wrong, .noTextRecord,
            "the name exists, but has no TXT record")
        expect(
            look(["\(Self.name).example.org": .found([[Array(own.record.text.utf8)]])]), .wrong, .doubledName,
            "the record stands at s1._domainkey.example.org.example.org instead: the form adds the domain "
                + "itself, so enter the name without it, as s1._domainkey")
    }

    @Test func aliases() {
        expect(
            look([Self.name: .noSuchName("s1.provider.example")]), .wrong, .danglingAlias,
            "it is an alias (CNAME) of s1.provider.example, which does not exist")
        expect(
            look([Self.name: .noTextRecord("s1.provider.example")]), .wrong, .danglingAlias,
            "it is an alias (CNAME) of s1.provider.example, which has no TXT record")
        expect(
            look([Self.name: .aliasLoop([Self.name, "a.example", Self.name])]), .wrong, .aliasLoop,
            "(s1._domainkey.example.org → a.example → s1._domainkey.example.org)")
    }

    @Test(
        arguments: [
            (
                .serverFailure, .serverFailure,
                "the name server 192.0.2.1:53 failed (SERVFAIL): a server of the zone"
            ),
            (
                .refused, .refused,
                "the name server 192.0.2.1:53 refused to answer (REFUSED): ask a server that"
            ),
            (
                .referral, .referral,
                "192.0.2.1:53 does not hold this name and asks no other: ask the zone's own"
            ),
            (.noAnswer, .noAnswer, "the name server 192.0.2.1:53 did not answer: see that it runs"),
            (.unreadable, .unreadable, "the answer of the name server 192.0.2.1:53 cannot be read"),
            (.code(9), .unreadable, "the name server 192.0.2.1:53 answered with the error code 9"),
        ] as [(TextRecordFailure.Kind, CheckFinding.Code, String)])
    func noAnswer(_ kind: TextRecordFailure.Kind, _ code: CheckFinding.Code, _ text: String) {
        let failure = TextRecordFailure(kind, name: Self.name, server: "192.0.2.1:53")
        expect(look([Self.name: .failure(failure)]), .unknown, code, text)
    }

    @Test func noAnswerBehindAnAlias() {
        let failure = TextRecordFailure(.refused, name: "s1.provider.example", server: "192.0.2.1:53")
        expect(
            look([Self.name: .failure(failure)]), .unknown, .refused,
            "(REFUSED) about s1.provider.example, of which it is an alias")
    }

    @Test func otherKeys() {
        expect(
            look(records: other.record.text), .wrong, .otherKey,
            "another key is published than the one in /keys/s1.pem, that of the selector s2 of example.org")
        expect(
            look(records: stranger.text), .wrong, .otherKey, "one that the configuration does not know")
    }

    @Test func otherKinds() throws {
        let rsa = try KeyRecord(for: .generate(bits: 2048))
        expect(
            look(records: rsa.text), .wrong, .otherKeyType,
            "k=rsa is published, but the key in /keys/s1.pem is of the kind ed25519")
    }

    @Test func severalRecords() {
        let text = own.record.text
        expect(
            look(records: "v=spf1 -all", text), .wrong, .severalRecords,
            "there are 2 TXT records, of which receivers take any one")
        let half = text.index(text.startIndex, offsetBy: 40)
        for pieces in [[text[..<half], text[half...]], [text[half...], text[..<half]]] {
            let answer = TextRecordAnswer.found(pieces.map { [Array($0.utf8)] })
            expect(
                look([Self.name: answer]), .wrong, .splitKey, "the key was entered in pieces as 2 TXT records"
            )
        }
    }

    @Test func tags() {
        expect(
            look(records: "v=DKIM1; k=ed25519; t=y; p=\(key)"), .wrong, .testing, "t=y is still there")
        expect(
            look(records: "v=DKIM1; k=ed25519; h=sha1; p=\(key)"), .wrong, .record,
            "h=sha1 does not allow sha256")
        expect(
            look(records: "v=DKIM1; k=ed25519; s=tlsrpt; p=\(key)"), .wrong, .record,
            "s=tlsrpt says that the key is not for mail")
        expect(look(records: "v=DKIM1; k=ed25519; p="), .wrong, .revoked, "the key was revoked")
        expect(
            look(records: "v=spf1 -all"), .wrong, .record,
            "the record begins with v=spf1 -all, so it is no DKIM key")
    }

    @Test func strictIdentity() {
        let record = "v=DKIM1; k=ed25519; t=s; p=\(key)"
        expect(
            look(records: record, identity: "@news.example.org"), .wrong, .strictIdentity,
            "t=s in the record does not allow i=@news.example.org, which names a domain below example.org")
        for identity in [nil, "@example.org", "a@Example.org"] {
            expect(look(records: record, identity: identity), .good, .published, "the published key")
        }
    }

    @Test func quotesAndBackslashes() {
        expect(
            look(records: "\"v=DKIM1; k=ed25519; p=\(key)\""), .wrong, .record,
            "quotation marks are part of the record")
        expect(
            look(records: "v=DKIM1\\; k=ed25519\\; p=\(key)"), .wrong, .record,
            "backslashes are part of the record")
    }

    @Test func blanksInTheKey() {
        let findings = look(records: "v=DKIM1; k=ed25519; p=\(key.prefix(10)) \(key.dropFirst(10))")
        #expect(findings.map(\.grade) == [.good, .note])
        #expect(findings.last?.text.contains("blanks stand within the key") == true)
    }

    @Test func advice() {
        let text = PublishingAdvice.text(for: own)
        #expect(
            text.contains(
                "    name:  s1._domainkey   where the zone is example.org\n    value: v=DKIM1; k=ed"))
        #expect(text.contains("\(Self.name). IN TXT \"v=DKIM1"))
        let below = OwnKey(domain: "news.example.org", selector: "s1", source: "k", record: own.record)
        let lines = PublishingAdvice.text(for: below)
        #expect(lines.contains("    name:  s1._domainkey   where the zone is news.example.org\n"))
        #expect(lines.contains("    name:  s1._domainkey.news   where the zone is example.org\n"))
    }
}
