// What becomes of a signature when the message, the key or the clock does not fit.
import MailCore
import Testing

@testable import DKIMCore

struct VerifierTests {
    private static let name = "s._domainkey.example.org"
    private static let message = TestMessage("From: a@example.org\nSubject: s\n\nbody\n")

    private static func signed(
        _ algorithm: SignatureAlgorithm = .ed25519SHA256, _ change: (inout Signer.Policy) -> Void = { _ in }
    ) throws -> TestMessage {
        var policy = Signer.Policy()
        change(&policy)
        let signer = try Signer(
            domain: "example.org", selector: "s", key: TestKeys.key(algorithm), policy: policy)
        return try message.signed(by: signer)
    }

    private static func record(_ tags: String = "v=DKIM1; k=ed25519;") throws -> String {
        let text = try TestKeys.record(.ed25519SHA256)
        return tags + (text.firstRange(of: " p=").map { String(text[$0.lowerBound...]) } ?? "")
    }

    @Test(arguments: [
        ("v=DKIM1; k=ed25519;", nil),
        ("v = DKIM1 ; h = sha256 ; k= ed25519 ;", nil),
        ("k=ed25519; t=y:s; s=email; h=sha1:sha256;", nil),
        ("k=ed25519; h=sha1;", "the key's record does not allow sha256"),
        ("k=ed25519; s=tlsrpt;", "the key's record is not for mail"),
        ("k=rsa;", "the key is of another kind than a="),
        ("k=ed25519; p=AAAA;", "not a DKIM key record: the tag p= stands twice"),
    ])
    func recordTags(tags: String, reason: String?) throws {
        let record = try Self.record(tags)
        let result = try Self.signed().verify(answers([Self.name: record]))
        #expect(result.map(\.verdict) == [reason == nil ? .pass : .permerror])
        #expect(result.map(\.reason) == [reason])
        #expect(result.map(\.isTesting) == [tags.contains("t=y")])
    }

    /// As it stands in zones that were written by hand: blanks around every sign, and within the key.
    @Test func recordWithBlanks() throws {
        let text = try TestKeys.record(.rsaSHA256)
        let key = try #require(text.split(separator: "p=").last)
        let record = "v = DKIM1 ; h = sha256 ; k= rsa ; p = \(key.prefix(100)) \(key.dropFirst(100)) "
        let results = try Self.signed(.rsaSHA256).verify(answers([Self.name: record]))
        #expect(results.map(\.verdict) == [.pass])
    }

    @Test(arguments: [
        ("v=DKIM1; k=ed25519; p=", "the key was revoked"),
        ("v=DKIM1; k=ed25519; p=AAAA", "the key's record holds no valid key"),
        ("v=DKIM1; k=ed25519", "not a DKIM key record: there is no p= in it"),
    ])
    func unusableRecords(record: String, reason: String) throws {
        let results = try Self.signed().verify(answers([Self.name: record]))
        #expect(
            results.map(\.description) == ["dkim=permerror reason=\"\(reason)\" \(Self.properties(results))"])
    }

    private static func properties(_ results: [SignatureResult]) -> String {
        let text = results.first?.description ?? ""
        return text.firstRange(of: "header.").map { String(text[$0.lowerBound...]) } ?? ""
    }

    @Test func answersOfTheDNS() throws {
        let message = try Self.signed()
        #expect(message.verify { _ in .none }.map(\.verdict) == [.permerror])
        #expect(message.verify { _ in .records([]) }.map(\.verdict) == [.permerror])
        #expect(message.verify { _ in .temporaryFailure("no server") }.map(\.verdict) == [.temperror])
        let records = try ["v=spf1 -all", Self.record()].map { Array($0.utf8) }
        #expect(message.verify { _ in .records(records) }.map(\.verdict) == [.pass])
        #expect(Verifier(header: message.header).keyNames == [Self.name])
    }

    @Test func anotherKey() throws {
        let record = try KeyRecord(for: SigningKey.generate(.ed25519SHA256)).text
        let results = try Self.signed().verify(answers([Self.name: record]))
        #expect(results.map(\.reason) == ["the signature did not verify"])
        #expect(results.map(\.verdict) == [.fail])
    }

    @Test(arguments: [
        (Int64(1_000), nil), (1_010, nil), (701, nil), (1_011, "the signature expired"),
        (699, "the signature is from the future"),
    ])
    func clock(now: Int64, reason: String?) throws {
        let record = try Self.record()
        let results = try Self.signed { $0.lifetime = 10 }.verify(at: now, answers([Self.name: record]))
        #expect(results.map(\.reason) == [reason])
    }

    /// RFC 8301 3.2.
    @Test func shortRSAKey() throws {
        let record = "v=DKIM1; k=rsa; p=\(SampleKeys.rsa512Public)"
        let results = try Self.signed(.rsaSHA256).verify(answers([Self.name: record]))
        #expect(results.map(\.verdict) == [.fail])
        #expect(results.map(\.reason) == ["an RSA key of less than 1024 bits must not be believed"])
    }

    /// RFC 6376 3.6.1, t=s.
    @Test func identityBelowTheDomain() throws {
        let message = try Self.signed { $0.identity = "@mail.example.org" }
        let strict = try Self.record("k=ed25519; t=s;")
        #expect(message.verify(answers([Self.name: strict])).map(\.verdict) == [.permerror])
        let lenient = try Self.record()
        #expect(message.verify(answers([Self.name: lenient])).map(\.verdict) == [.pass])
    }

    @Test(arguments: [
        ("v=1", "v=2", SignatureResult.Verdict.neutral),
        ("v=1; ", "", .neutral),
        ("a=ed25519-sha256", "a=rsa-sha1", .fail),
        ("a=ed25519-sha256", "a=rsa-sha3", .neutral),
        ("c=relaxed/relaxed", "c=relaxed/loose", .neutral),
        ("c=relaxed/relaxed", "c=relaxed/relaxed/relaxed", .neutral),
        ("d=example.org", "d=example_.org-", .neutral),
        ("s=s;", "s=;", .neutral),
        ("s=s;", "s=s; s=s;", .neutral),
        ("s=s;", "s=s; i=@example.com;", .permerror),
        ("s=s;", "s=s; i=a;", .neutral),
        ("s=s;", "s=s; q=dns/other;", .neutral),
        ("s=s;", "s=s; l=-1;", .neutral),
        ("s=s;", "s=s; l=7;", .permerror),
        ("s=s;", "s=s; x=1000;", .permerror),
        ("s=s;", "s=s; x=99999999999999999999999999;", .fail),
        ("h=From", "h=", .neutral),
        ("h=From:From", "h=X-From", .permerror),
        ("bh=", "bh=*", .neutral),
        ("bh=", "bh=A", .neutral),
        ("bh=", "xh=", .neutral),
        (" b=", " b=AAAA", .fail),
        (" b=", " y=", .neutral),
    ])
    func changedField(old: String, new: String, verdict: SignatureResult.Verdict) throws {
        var message = try Self.signed { $0.lifetime = nil }
        let text = String(decoding: message.header.fields[0].bytes, as: UTF8.self)
        let place = try #require(text.firstRange(of: old))
        let changed = text.replacingCharacters(in: place, with: new)
        message.header.fields[0] = try #require(HeaderField(bytes: changed.utf8))
        let record = try Self.record()
        let results = message.verify(answers([Self.name: record]))
        #expect(results.map(\.verdict) == [verdict], "\(results)")
    }

    @Test func onlySoManySignatures() throws {
        var message = try Self.signed()
        message.header.fields.insert(contentsOf: Array(repeating: message.header.fields[0], count: 11), at: 0)
        let verifier = Verifier(header: message.header)
        #expect(verifier.skippedSignatures == 2)
        #expect(verifier.finish(at: 1_000) { _ in .none }.count == 10)
        #expect(Verifier(header: Self.message.header).finish(at: 0) { _ in .none }.isEmpty)
    }

    /// l= is never made here, but must be understood (RFC 6376 3.5): what follows the length is not signed.
    @Test(arguments: [
        ("body\r\n", SignatureResult.Verdict.pass), ("body", .pass), ("body\r\nmore\r\n", .pass),
        ("bodx\r\n", .fail), ("bod", .fail), ("", .permerror),
    ])
    func bodyLength(body: String, verdict: SignatureResult.Verdict) throws {
        var message = try Self.message.signed(
            tags: "v=1; a=ed25519-sha256; d=example.org; s=s; l=5;", prefix: Array("body\r".utf8))
        message.body = Array(body.utf8)
        let record = try Self.record()
        #expect(message.verify(answers([Self.name: record])).map(\.verdict) == [verdict])
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
