// Every key of the dkim sections: what is taken and becomes of it, and what is not.

import Testing

@testable import SmarthostConfiguration

struct SigningKeyTests {
    static let complete = "dkim Example.ORG\nselector s2026\nkey_file /etc/smarthost/dkim/key.pem\n"

    @Test func defaults() throws {
        let signing = try #require(try World.parse(Self.complete).dkim.first)
        #expect(signing.domain == "example.org" && signing.keys.map(\.selector) == ["s2026"])
        #expect(signing.keys.map(\.source) == [.file("/etc/smarthost/dkim/key.pem")])
        #expect(signing.headerCanonicalization == .relaxed && signing.bodyCanonicalization == .relaxed)
        #expect(signing.signedFields == nil && signing.oversignedFields == nil)
        #expect(
            signing.expiry == .seconds(7 * 86_400) && signing.identity == nil
                && signing.scope == .domain && signing.name == "example.org")
    }

    private static let noBodyLength =
        "there is no l= on purpose: it leaves the end of the body unsigned, and others could append to the message "
        + "(RFC 6376 8.2); remove it"

    @Test func aSignatureCanBeValidForEver() throws {
        let signing = try #require(try World.parse(Self.complete + "expire off\n").dkim.first)
        #expect(signing.expiry == nil)
    }

    @Test func takesAll() throws {
        let signing = try #require(
            try World.parse(
                Self.complete + """
                    canonicalization relaxed/simple
                    sign_headers From, To,Subject
                    oversign_headers From Subject
                    expire 30
                    identity news@mail.example.org
                    """
            ).dkim.first)
        #expect(signing.headerCanonicalization == .relaxed && signing.bodyCanonicalization == .simple)
        #expect(
            signing.signedFields == ["From", "To", "Subject"]
                && signing.oversignedFields == ["From", "Subject"])
        #expect(signing.expiry == .seconds(2_592_000) && signing.identity == "news@mail.example.org")
    }

    @Test(arguments: [
        (
            "canonicalization relaxed",
            "canonicalization: \"relaxed\" is not allowed; allowed: HEADER/BODY, each simple or relaxed, such as relaxed/relaxed"
        ),
        ("sign_headers To, Subject", "sign_headers: lacks From, which every signature must cover; add it"),
        (
            "sign_headers From:To",
            "sign_headers: \"From:To\" is not allowed; allowed: names of header fields with commas between them"
        ),
        (
            "oversign_headers",
            "oversign_headers: needs an argument: names of header fields with commas between them"
        ),
        (
            "domain example.org",
            "domain: is for `dkim *` only: the line `dkim example.org` names the domain; remove it"
        ),
        ("expire 0", "expire: \"0\" is not allowed; allowed: off or a number of days, at least 1"),
        (
            "identity @example.net",
            "identity: \"@example.net\" is not in example.org; allowed: an address in the signing domain or below it, such as @example.org"
        ),
        (
            "identity joe",
            "identity: \"joe\" is not allowed; allowed: an address in the signing domain or below it, such as @example.org"
        ),
        ("expire never", "expire: \"never\" is not allowed; allowed: off or a number of days, at least 1"),
        ("body_length 100", "body_length: \(noBodyLength)"), ("l=100", "l=100: \(noBodyLength)"),
        ("BodyLengths on", "BodyLengths: \(noBodyLength)"),
        ("key_fil /k", "key_fil: unknown key; did you mean key_file?"),
        ("dkim_missing send", "dkim_missing: is not a key of the dkim section; put it below a line `daemon`"),
        (
            "dkim_skip_fields Date",
            "dkim_skip_fields: is not a key of the dkim section; put it below a line `account NAME`"
        ),
    ])
    func refuses(_ line: String, _ complaint: String) {
        #expect(World.errors(Self.complete + line + "\n") == ["/etc/msmtprc:4: \(complaint)"])
    }

    @Test(arguments: [
        (
            "selector a b\nkey_file /k",
            "/etc/msmtprc:2: selector: \"a b\" is not allowed; allowed: a selector such as s2026: letters, digits, hyphens and dots"
        ),
        (
            "selector s\nkey_file k.pem",
            "/etc/msmtprc:3: key_file: \"k.pem\" is not allowed; allowed: an absolute path, one that begins with ~/, credential:NAME, or env:VARIABLE"
        ),
        (
            "key_file /k",
            "/etc/msmtprc:1: selector: dkim example.org needs it; write for example `selector s2026`"
        ),
        (
            "selector s",
            "/etc/msmtprc:1: key_file: dkim example.org needs it; write for example `key_file /etc/smarthost/dkim/example.org.pem`"
        ),
    ])
    func refusesWithoutKeyOrSelector(_ lines: String, _ complaint: String) {
        #expect(World.errors("dkim example.org\n\(lines)\n").first == complaint)
    }
}
