// Each of RFC 8601 2.7.1's results with what leads to it, and what a result tells beside it. Signatures are
// made by hand here, with tags that a Signer never writes.
import MailCore
import Testing

@testable import DKIMCore

struct VerdictTests {
    private static let name = "s._domainkey.example.org"
    private static let message = TestMessage("From: a@example.org\nSubject: s\n\nbody\n")
    private static let tags = "v=1; a=ed25519-sha256; d=example.org; s=s;"

    private static func verify(
        _ message: TestMessage, at now: Int64 = 1_000, records: [String]? = nil
    ) throws -> [SignatureResult] {
        let records = try records ?? [TestKeys.record(.ed25519SHA256)]
        return message.verify(at: now) { $0 == name ? .records(records.map { Array($0.utf8) }) : .none }
    }

    /// The tags are signed, so that nothing but what they say decides.
    @Test(arguments: [
        ("", SignatureResult.Verdict.pass, nil),
        // RFC 6376 3.2: unknown tags are passed over; 3.5: z= is for people, q= a list of ways.
        ("zz=1; y_2=;", .pass, nil),
        ("z=From:a@example.org|Subject:other;", .pass, nil),
        ("q=dns/other:dns/txt;", .pass, nil), ("q=dns/txt;", .pass, nil),
        ("t=1000; x=1001;", .pass, nil), ("x=000000000001000;", .pass, nil), ("c=simple;", .pass, nil),
        ("i=a@b@m.example.org;", .pass, nil), ("i=@EXAMPLE.ORG;", .pass, nil),
        ("q=dns/other;", .neutral, "q= names no known way to the key"),
        ("c=nowsp/simple;", .neutral, "c= is not a known canonicalization"),
        ("t=now;", .neutral, "t= is not a number"), ("l=;", .neutral, "l= is not a number"),
        ("x=-1;", .neutral, "x= is not a number"), ("i=example.org;", .neutral, "i= is not an address"),
        ("i=@exa;mple.org;", .neutral, "a tag without = in its list"),
        ("d=example.org;", .neutral, "the tag d= stands twice"),
        ("x=999;", .fail, "the signature expired"),
        ("t=900; x=901;", .fail, "the signature expired"),
        ("t=1301;", .policy, "the signature is from the future"), ("t=1300;", .pass, nil),
        ("t=1000; x=1000;", .permerror, "x= is not after t="),
        ("i=@example.com;", .permerror, "i= is not in the domain of d="),
        ("l=7;", .permerror, "l= is more than the body has"),
    ])
    func signedTags(tags: String, verdict: SignatureResult.Verdict, reason: String?) throws {
        let results = try Self.verify(Self.message.signed(tags: Self.tags + " " + tags))
        #expect(results.map(\.verdict) == [verdict])
        #expect(results.map(\.reason) == [reason])
    }

    /// One name should have one record (RFC 6376 3.6.2.2); where it has more, a key that fits counts, and then
    /// the failure that says most.
    @Test(arguments: [
        (["KEY"], SignatureResult.Verdict.pass, nil), (["v=spf1 -all", "KEY"], .pass, nil),
        (["KEY", "v=spf1 -all"], .pass, nil), (["OTHER", "KEY"], .pass, nil),
        (["OTHER", "v=DKIM1; p="], .fail, "the signature did not verify"),
        (["v=DKIM1; p=", "OTHER"], .fail, "the signature did not verify"),
        (["v=spf1 -all", "v=DKIM1; p="], .permerror, "the key was revoked"),
        (["x", "y", "z", "KEY"], .permerror, "not a DKIM key record: a tag without = in its list"),
        ([], .permerror, "no key for the signature"),
    ])
    func severalRecords(records: [String], verdict: SignatureResult.Verdict, reason: String?) throws {
        let key = try TestKeys.record(.ed25519SHA256)
        let other = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        let results = try Self.verify(
            Self.message.signed(tags: Self.tags),
            records: records.map { $0 == "KEY" ? key : $0 == "OTHER" ? other : $0 })
        #expect(results.map(\.verdict) == [verdict])
        #expect(results.map(\.reason) == [reason])
    }

    @Test func keyCannotBeAskedFor() throws {
        let message = try Self.message.signed(tags: Self.tags)
        #expect(message.verify { _ in .temporaryFailure("SERVFAIL") }.map(\.verdict) == [.temperror])
        #expect(message.verify { _ in .none }.map(\.verdict) == [.permerror])
    }

    @Test func changedMessage() throws {
        var message = try Self.message.signed(tags: Self.tags)
        message.body.append(UInt8(ascii: "x"))
        #expect(try Self.verify(message).map(\.reason) == ["the body hash did not verify"])
        message = try Self.message.signed(tags: Self.tags)
        message.header.fields[1] = HeaderField(name: "From", value: "b@example.org")
        #expect(try Self.verify(message).map(\.reason) == ["the signature did not verify"])
        #expect(try Self.verify(message).map(\.verdict) == [.fail])
    }

    /// The signature fits, but the reader may be shown the other author (RFC 6376 8.15).
    @Test func unsignedAuthor() throws {
        var message = try Self.message.signed(tags: Self.tags)
        message.header.fields.insert(HeaderField(name: "From", value: "x@example.com"), at: 0)
        #expect(try Self.verify(message).map(\.verdict) == [.policy])
        message.header.fields[2] = HeaderField(name: "From", value: "changed@example.org")
        #expect(try Self.verify(message).map(\.verdict) == [.fail])
    }

    @Test func claims() throws {
        let signed = try Self.message.signed(
            tags: "\(Self.tags) c=simple/relaxed; t=900; x=2000; l=4;", prefix: Array("body".utf8))
        let results = try Self.verify(signed)
        let result = try #require(results.first)
        #expect(result.verdict == .pass)
        #expect(result.reason == "l= leaves the last 2 bytes of the body unsigned")
        #expect(result.keyBits == 256)
        let claims = try #require(result.claims)
        #expect(claims.keyName == Self.name)
        #expect(claims.headerCanonicalization == .simple)
        #expect(claims.bodyCanonicalization == .relaxed)
        #expect(claims.signedFields == ["From"])
        #expect(claims.time == 900)
        #expect(claims.expiration == 2_000)
        #expect(claims.bodyLength == 4)
        #expect(claims.unsignedBodyBytes == 2)
        #expect(result.description.hasPrefix("dkim=pass reason=\"l= leaves the last 2 bytes"))
    }

    @Test func claimsOfAWholeBody() throws {
        let results = try Self.verify(Self.message.signed(tags: "\(Self.tags) l=6;"))
        #expect(results.map(\.claims?.unsignedBodyBytes) == [0])
        #expect(results.map(\.reason) == [nil])
        #expect(try Self.verify(Self.message.signed(tags: "v=2;")).map(\.claims) == [nil])
    }

    /// What a result shows of a foreign field is what its tags should hold, or nothing.
    @Test(arguments: [
        "d=\u{1B}[2Jexample.org", "d=a\"b", "s=a b", "a=<x>", "i=\"\u{9B}\"@example.org", "b=\u{1B}[2J",
    ])
    func shownSafely(tag: String) throws {
        var message = Self.message
        message.header.fields.insert(HeaderField(name: "DKIM-Signature", value: tag), at: 0)
        #expect(
            try Self.verify(message).map(\.description).allSatisfy {
                $0.hasPrefix("dkim=neutral reason=") && !$0.contains(" header.")
            })
    }
}
