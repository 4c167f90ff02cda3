// Sections with several keys, `dkim *`, where keys come from, domains in other scripts, and what accounts and
// daemon say about signing.

import Testing

@testable import SmarthostConfiguration

struct SigningSectionTests {
    @Test(arguments: [
        "selector a\nkey_file /a\nselector b\nkey_file /b",
        "key_file /a\nselector a\nkey_file /b\nselector b",
        "selector a\nselector b\nkey_file /a\nkey_file /b",
        "key_file /a\nkey_file /b\nselector a\nselector b",
    ])
    func pairsSelectorsAndFiles(_ lines: String) throws {
        let section = try #require(
            try World.parse("dkim example.org\n\(lines)\nexpire 3\n").dkim.first)
        #expect(section.keys.map(\.selector) == ["a", "b"])
        #expect(section.keys.map(\.source) == [.file("/a"), .file("/b")])
        #expect(section.expiry == .seconds(3 * 86_400))
        let places = lines.split(separator: "\n").enumerated().filter { $1.hasPrefix("key_file") }
        #expect(section.keys.map(\.origin) == places.map { .line(file: World.path, number: $0.offset + 2) })
    }

    @Test(arguments: [
        (
            "selector a\nkey_file /a\nselector b",
            "1: key_file: dkim x.example has 2 selector lines (/etc/msmtprc:2, /etc/msmtprc:4) but 1 key_file line "
                + "(/etc/msmtprc:3); give each selector its key_file, in the same order"
        ),
        (
            "selector a\nkey_file /a\nkey_file /b",
            "1: selector: dkim x.example has 1 selector line (/etc/msmtprc:2) but 2 key_file lines (/etc/msmtprc:3, "
                + "/etc/msmtprc:4); give each selector its key_file, in the same order"
        ),
        (
            "selector a\nkey_file /a\nselector A\nkey_file /b",
            "4: selector: A is given already (/etc/msmtprc:2); each key needs a selector of its own"
        ),
        (
            "selector a\nkey_file b.pem\nselector b\nkey_file /b",
            "3: key_file: \"b.pem\" is not allowed; allowed: an absolute path, one that begins with ~/, credential:NAME, or env:VARIABLE"
        ),
    ])
    func refuses(_ lines: String, _ complaint: String) {
        #expect(World.errors("dkim x.example\n\(lines)\n") == ["/etc/msmtprc:\(complaint)"])
    }

    @Test func everybodysKey() throws {
        let text =
            "dkim *\ndomain Example.ORG\nselector s\nkey_file /k\ndkim example.org\nselector s\nkey_file /k\n"
        let dkim = try World.parse(text).dkim
        #expect(dkim.map(\.scope) == [.everybody, .domain] && dkim.map(\.name) == ["*", "example.org"])
        #expect(dkim.map(\.domain) == ["example.org", "example.org"])
    }

    @Test(arguments: [
        ("selector s\nkey_file /k", "1: domain: dkim * needs it; write for example `domain example.org`"),
        (
            "selector s\nkey_file /k\ndomain a b",
            "4: domain: \"a b\" is not allowed; allowed: one domain such as example.org"
        ),
        (
            "domain a.b\nselector s\nkey_file /k\nidentity @c.d",
            "5: identity: \"@c.d\" is not in a.b; allowed: an address in the signing domain or below it, such as @example.org"
        ),
        (
            "domain a.b\nselector S\nkey_file /k\ndkim a.b\nselector s\nkey_file /other",
            "4: key_file: selector S of a.b has another key_file at /etc/msmtprc:7; give this key a selector of its own"
        ),
    ])
    func refusesForEverybody(_ lines: String, _ complaint: String) {
        #expect(World.errors("dkim *\n\(lines)\n") == ["/etc/msmtprc:\(complaint)"])
    }

    @Test func showsEachSelectorWithItsFile() throws {
        let text =
            "dkim *\nkey_file /a\nselector a\ndomain x.example\nselector b\nkey_file credential:b\nexpire off\n"
        let section = try #require(try World.parse(text).rendered.last)
        #expect(section.heading == "dkim *")
        #expect(
            section.settings.map { "\($0.key) \($0.value)" } == [
                "domain x.example", "selector a", "key_file /a", "selector b", "key_file credential:b",
                "canonicalization relaxed/relaxed", "expire off",
            ])
    }

    @Test(arguments: [
        ("bücher.example", true), ("xn--bcher-kva.example", true), ("BÜCHER.Example", true), ("例え.テスト", true),
        (String(repeating: "ü", count: 40) + ".example", true), ("b\u{A0}cher.example", false),
        ("bücher..example", false), ("-ü.example", false),
        (String(repeating: "ü", count: 127) + ".example", false),
        (String(repeating: "a", count: 64) + ".example", false), ("b\u{85}.example", false),
        ("ü!.example", false),
    ])
    func domainsOfAnyScript(_ domain: String, _ isTaken: Bool) {
        #expect(World.errors("dkim \(domain)\nselector s\nkey_file /k\n").isEmpty == isTaken)
    }
}

struct KeySourceTests {
    @Test(
        arguments: [
            ("/k.pem", .file("/k.pem")), ("~/k.pem", .file("/home/mailer/k.pem")),
            ("credential:dkim.s1", .credential("dkim.s1")),
            ("env:DKIM_KEY", .environment(variable: "DKIM_KEY")),
        ] as [(String, KeySource)])
    func takes(_ text: String, _ source: KeySource) throws {
        let section = try World.parse("dkim a.b\nselector s\nkey_file \(text)\n").dkim.first
        #expect(section?.keys.map(\.source) == [source])
    }

    static let names = "names no credential; allowed: credential: and a name without / and :"
    static let variables = "names no variable; allowed: env: and letters, digits and underscores"

    @Test(arguments: [
        ("credential:", names), ("credential:../shadow", names), ("credential:..", names),
        ("credential:a b", names),
        ("env:", variables), ("env:1A", variables), ("env:A-B", variables), ("env:A=B", variables),
    ])
    func refuses(_ text: String, _ complaint: String) {
        #expect(
            World.errors("dkim a.b\nselector s\nkey_file \(text)\n")
                == ["/etc/msmtprc:3: key_file: \"\(text)\" \(complaint)"])
    }

    /// A private key in the configuration itself never comes back in what is said about it.
    @Test func aPastedKeyIsNotShown() {
        let line = String(repeating: "MIIEvQIBADANBgkq", count: 4)
        let errors = World.errors(
            "dkim a.b\nselector s\nkey_file -----BEGIN PRIVATE KEY-----\n\(line)\n-----END PRIVATE KEY-----\n"
        )
        #expect(errors.count == 3)
        #expect(errors.first?.contains("holds a key; put the key into a file and name that") == true)
        #expect(!errors.joined().contains(line.prefix(16)))
    }
}

struct SigningRulesTests {
    private static let sections =
        "dkim A.example\nselector s\nkey_file /k\ndkim *\ndomain b.example\nselector s\nkey_file /k\n"

    @Test(
        arguments: [
            ("", .automatic), ("dkim_domain auto\n", .automatic), ("dkim_domain\n", .automatic),
            ("dkim_domain off\n", .off), ("dkim_domain *\n", .section("*")),
            ("dkim_domain a.Example\n", .section("a.example")),
        ] as [(String, SigningChoice)])
    func choice(_ line: String, _ choice: SigningChoice) throws {
        let account = try World.parse("host h\n\(line)\(Self.sections)").defaultAccount
        #expect(account?.signing == SigningRules(choice: choice, skippedFields: []))
    }

    @Test func bothCanBeDefaultsAndBeTakenBack() throws {
        let accounts = try World.parse(
            """
            defaults
            dkim_domain off
            dkim_skip_fields Date, Message-ID
            account a
            host a
            account default
            host b
            dkim_domain auto
            dkim_skip_fields
            """
        ).accounts
        #expect(
            accounts.map(\.signing) == [
                SigningRules(choice: .off, skippedFields: ["Date", "Message-ID"]),
                SigningRules(choice: .automatic, skippedFields: []),
            ])
    }

    @Test(arguments: [
        (sections, "there are: a.example, *"), ("", "nor any other; add it"),
        ("dkim a.example\nselector s\n", "there are: a.example"),
    ])
    func aSectionThatIsNotThere(_ sections: String, _ known: String) {
        let errors = World.errors("host h\ndkim_domain b.example\n\(sections)")
        #expect(
            errors.last == "/etc/msmtprc:2: dkim_domain: there is no section `dkim b.example`, \(known)")
    }

    @Test func theEnvironmentsKeyIsEverybodys() throws {
        let source = World.source(environment: EnvironmentSigningTests.all)
        let account = try World.parse("host h\ndkim_domain *\n", from: source).defaultAccount
        #expect(account?.signing.choice == .section("*"))
        #expect(World.errors("host h\ndkim_domain example.org\n", from: source) == [])
        #expect(World.errors("host h\ndkim_domain example.net\n", from: source).count == 1)
    }

    /// Which of them are the same is known to who can convert them.
    @Test(arguments: [
        ("bücher.example", "xn--bcher-kva.example", true), ("xn--bcher-kva.example", "bücher.example", true),
        ("bücher.example", "b.example", false), ("b.example", "bücher.example", false),
        ("bücher.example", "Bücher.example", true), ("bücher.example", "böcher.example", false),
    ])
    func namesInOtherScripts(_ choice: String, _ domain: String, _ isTaken: Bool) {
        let section = "dkim \(domain)\nselector s\nkey_file /k\n"
        #expect(World.errors("host h\ndkim_domain \(choice)\n\(section)").isEmpty == isTaken)
        #expect(World.errors("\(section)identity @\(domain)\n") == [])
    }

    @Test(arguments: ["from", "Date, From"]) func fromIsNeverLeftOut(_ fields: String) {
        #expect(
            World.errors("host h\ndkim_skip_fields \(fields)\n") == [
                "/etc/msmtprc:2: dkim_skip_fields: From cannot be left out: every signature has to cover it (RFC 6376 5.4); remove it"
            ])
    }
}

struct MissingKeyTests {
    static let section = "dkim a.b\nselector s\nkey_file /k\n"

    @Test(arguments: [
        ("", "", "send    # default"), (section, "", "defer    # default"),
        (section, "dkim_missing reject\n", "reject    # /etc/msmtprc:3"),
    ])
    func theRenderedViewSaysWhatHolds(_ section: String, _ line: String, _ shown: String) throws {
        let text = try World.parse("host h\ndaemon\n\(line)\(section)").renderedText
        #expect(text.contains("\n    dkim_missing \(shown)\n"))
    }

    @Test(arguments: [
        ("defer", "all mail waits in the queue"), ("reject", "all mail is refused"), ("send", nil),
    ])
    func withoutAnyKeyNothingWouldBeSent(_ policy: String, _ consequence: String?) throws {
        let warnings = try World.warnings("account default\nhost h\ndaemon\ndkim_missing \(policy)\n")
        let expected = consequence.map {
            "/etc/msmtprc:4: warning: dkim_missing: there is no dkim section, so \($0); add one, or write `dkim_missing send`"
        }
        #expect(warnings == [expected].compactMap(\.self))
    }
}
