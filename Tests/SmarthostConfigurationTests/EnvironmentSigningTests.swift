// DKIMSELECTOR, DKIMDOMAIN and DKIMKEYFILE: what they make, alone and beside a file.

import Testing

@testable import SmarthostConfiguration

struct EnvironmentSigningTests {
    static let all = ["DKIMSELECTOR": "s1", "DKIMDOMAIN": "Example.org", "DKIMKEYFILE": "/k.pem"]

    @Test func threeVariablesMakeASection() throws {
        let signing = try World.parse("host h\n", from: World.source(environment: Self.all)).dkim
        #expect(signing.map(\.domain) == ["example.org"])
        #expect(
            signing.flatMap(\.keys).map(\.selector) == ["s1"]
                && signing.flatMap(\.keys).map(\.source) == [.file("/k.pem")])
        #expect(signing.map(\.origin) == [.environment])
    }

    @Test(arguments: [
        (
            ["DKIMSELECTOR"],
            "environment: DKIMSELECTOR: not set although DKIMDOMAIN and DKIMKEYFILE are; set all three or none"
        ),
        (
            ["DKIMDOMAIN", "DKIMKEYFILE"],
            "environment: DKIMDOMAIN, DKIMKEYFILE: not set although DKIMSELECTOR is; set all three or none"
        ),
    ])
    func someAreNotEnough(_ missing: [String], _ complaint: String) {
        var environment = Self.all
        for name in missing { environment[name] = "" }
        #expect(World.errors("host h\n", from: World.source(environment: environment)) == [complaint])
    }

    @Test(arguments: [
        (
            "DKIMDOMAIN", "a b",
            "environment: DKIMDOMAIN: \"a b\" is not allowed; allowed: one domain such as example.org"
        ),
        (
            "DKIMKEYFILE", "k.pem",
            "environment: DKIMKEYFILE: \"k.pem\" is not allowed; allowed: an absolute path, one that begins with ~/, credential:NAME, or env:VARIABLE"
        ),
        (
            "DKIMSELECTOR", "-",
            "environment: DKIMSELECTOR: \"-\" is not allowed; allowed: a selector such as s2026: letters, digits, hyphens and dots"
        ),
    ])
    func refusesBadValues(_ name: String, _ value: String, _ complaint: String) {
        let environment = Self.all.merging([name: value]) { $1 }
        #expect(World.errors("host h\n", from: World.source(environment: environment)) == [complaint])
    }

    @Test func aKeyThatWasPastedInIsNotShown() {
        let environment = Self.all.merging(["DKIMKEYFILE": "-----BEGIN PRIVATE KEY-----MIIE"]) { $1 }
        let errors = World.errors("host h\n", from: World.source(environment: environment))
        #expect(errors.count == 1 && errors[0].contains("DKIMKEYFILE: holds a key; put the key into a file"))
        #expect(!errors[0].contains("MIIE"))
    }

    /// What the file says about the key holds wherever that key signs, and the variables' key signs for all.
    @Test(arguments: ["/k.pem", "env:DKIMKEYFILE"]) func theFileMaySayTheSame(keyFile: String) throws {
        let text = """
            dkim example.org
            selector s0
            key_file /other.pem
            selector S1
            key_file \(keyFile)
            expire 30
            """
        let signing = try World.parse(text, from: World.source(environment: Self.all)).dkim
        #expect(
            signing.map(\.name) == ["example.org", "*"] && signing.map(\.scope) == [.domain, .everybody])
        #expect(signing.map(\.domain) == ["example.org", "example.org"])
        #expect(signing.map(\.expiry) == [.seconds(2_592_000), .seconds(2_592_000)])
        #expect(signing.map { $0.keys.map(\.selector) } == [["s0", "S1"], ["s1"]])
        #expect(signing[1].origin == .environment)
    }

    @Test func theFileMayHaveOtherDomains() throws {
        let source = World.source(environment: Self.all)
        let other = try World.parse("dkim example.net\nselector s2\nkey_file /k.pem\n", from: source)
        #expect(other.dkim.map(\.domain) == ["example.net", "example.org"])
        #expect(other.dkim.map(\.scope) == [.domain, .everybody])
    }

    @Test(arguments: ["selector s2\nkey_file /k.pem", "selector s1\nkey_file /other.pem"])
    func theFileMayNotSaySomethingElse(lines: String) {
        #expect(
            World.errors("dkim example.org\n\(lines)\n", from: World.source(environment: Self.all)) == [
                "environment: DKIMDOMAIN: example.org is configured with another selector or key at /etc/msmtprc:1; remove one of the two"
            ])
    }

    @Test func onlyOneKeySignsForEverybody() throws {
        let source = World.source(environment: Self.all)
        #expect(
            World.errors("dkim *\ndomain example.net\nselector s1\nkey_file /k.pem\n", from: source) == [
                "environment: DKIMDOMAIN: the three variables and `dkim *` (/etc/msmtprc:1) both sign everybody's mail; remove one of the two"
            ])
        let same = try World.parse(
            "dkim *\ndomain example.org\nselector s1\nkey_file /k.pem\n", from: source
        ).dkim
        #expect(same.map(\.origin) == [.line(file: World.path, number: 1)])
    }
}
