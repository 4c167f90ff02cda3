// Which file is read, the embedded default, eval, and which account is taken.

import MailCore
import Testing

@testable import SmarthostConfiguration

struct LocationTests {
    static let orders: [(String?, [String: String], ConfigurationLocation)] = [
        ("/a", ["SMARTHOST_CONFIG": "/b", "MSMTPCONFIGFILE": "/c"], .named(path: "/a", by: "--config")),
        (
            nil, ["SMARTHOST_CONFIG": "/b", "MSMTPCONFIGFILE": "/c"],
            .named(path: "/b", by: "SMARTHOST_CONFIG")
        ),
        (nil, ["SMARTHOST_CONFIG": "", "MSMTPCONFIGFILE": "/c"], .named(path: "/c", by: "MSMTPCONFIGFILE")),
        (nil, [:], .standard(path: "/etc/smarthost/smarthost.conf")),
    ]

    @Test(arguments: orders)
    func order(_ argument: String?, _ environment: [String: String], _ location: ConfigurationLocation) {
        #expect(ConfigurationLocation.choose(argument: argument) { environment[$0] } == location)
    }

    @Test func aNamedFileHasToBeThere() {
        let error = ConfigurationError(errors: [
            Diagnostic(.error, at: .file("/a"), "cannot be read: no such file (named by MSMTPCONFIGFILE)")
        ])
        #expect(throws: error) {
            try Configuration.load(.named(path: "/a", by: "MSMTPCONFIGFILE"), from: World.source())
        }
    }

    @Test func anUnreadableStandardFileIsNotPassedOver() {
        var source = World.source()
        source.read = { _ throws(SourceFailure) in throw .other("permission denied") }
        let error = ConfigurationError(errors: [
            Diagnostic(
                .error, at: .file("/etc/smarthost/smarthost.conf"), "cannot be read: permission denied")
        ])
        #expect(throws: error) {
            try Configuration.load(.standard(path: ConfigurationLocation.standardPath), from: source)
        }
    }

    @Test func withoutAFileMailGoesToAMaildir() throws {
        let configuration = try Configuration.load(.standard(path: "/none"), from: World.source())
        #expect(configuration.defaultAccount?.route == .maildir(path: "/var/lib/smarthost/Maildir"))
        #expect(configuration.file == nil && configuration.warnings == [])
    }

    @Test func aFileWithoutAccountsKeepsMailInTheMaildirAndSaysSo() throws {
        let configuration = try World.parse("daemon\nspool /s\n")
        #expect(configuration.defaultAccount?.route == .maildir(path: "/var/lib/smarthost/Maildir"))
        #expect(
            configuration.warnings.map(\.description)
                == [
                    "/etc/msmtprc: warning: has no account: mail is kept in the Maildir /var/lib/smarthost/Maildir"
                ])
    }
}

struct EvaluationTests {
    @Test func aCommandsFirstLineTakesTheLinesPlace() throws {
        let source = World.source(commands: [
            "gen": "host \"mail.example.org\"\r\nport 99\n", "none": "\n", "acc": "account default",
        ])
        let configuration = try World.parse("eval acc\neval gen\neval none\n", from: source)
        #expect(configuration.relay?.endpoint == .tcp(host: "mail.example.org", port: 25, source: nil))
    }

    @Test(arguments: [
        ("eval x", "eval: what a command prints may not be another eval line"),
        ("prot 25", "prot: unknown key; did you mean port?"),
    ])
    func whatItPrintsIsCheckedLikeAnyLine(_ output: String, _ complaint: String) {
        let errors = World.errors("host h\neval gen\n", from: World.source(commands: ["gen": output]))
        #expect(errors == ["/etc/msmtprc:2: \(complaint)"])
    }
}

struct AccountChoiceTests {
    static let file = """
        account work
        host work.example.org
        from joe@work.example.org
        account lists
        host lists.example.org
        from *-[ab]@lists.example.org
        account bounce
        host bounce.example.org
        from MAILER-DAEMON
        account default
        host example.org
        """

    @Test(arguments: [
        ("joe@work.example.org", "work"), ("JOE@Work.Example.Org", "work"),
        ("joe+tag@work.example.org", "work"),
        ("jo@work.example.org", "default"), ("news-a@lists.example.org", "lists"),
        ("news-a+x@lists.example.org", "default"), ("joe+a+b@work.example.org", "work"),
        ("+joe@work.example.org", "default"), ("MAILER-DAEMON", "bounce"),
        ("news-c@lists.example.org", "default"), ("NEWS-A@LISTS.EXAMPLE.ORG", "default"), ("root", "default"),
    ])
    func bySender(_ sender: String, _ account: String) throws {
        let path = try #require(SenderAddress.address(sender).map { ReversePath.address($0) })
        #expect(try World.parse(Self.file).account(for: path).name == account)
    }

    @Test func theNullReversePath() throws {
        #expect(try World.parse(Self.file).account(for: .null).name == "bounce")
    }

    @Test func withoutADefaultASenderNobodyKnowsIsRefused() throws {
        let configuration = try World.parse("account a\nhost a\nfrom a@x\naccount b\nhost b\nfrom b@x\n")
        #expect(
            configuration.warnings.map(\.description) == [
                "/etc/msmtprc:1: warning: account: none is called default: mail from a sender that no account's from matches is refused; "
                    + "add for example `account default : a`"
            ])
        let stranger = ReversePath.address(EmailAddress(localPart: "c", domain: "x"))
        #expect(
            throws: AccountSelectionFailure(
                text:
                    "no account of /etc/msmtprc is for mail from <c@x> and none is called default; add `account default : a`"
            )
        ) { try configuration.account(for: stranger) }
    }

    @Test(arguments: [
        ("joe@example.org", "joe@example.org"), ("%U@%H", "www-data@web1"),
        ("%U@%C", "www-data@web1.example.org"),
        ("%F", "author@example.net"), ("*@example.org", nil), ("\"a b\"@example.org", "\"a b\"@example.org"),
        ("MAILER-DAEMON", ""), ("<>", ""),
    ])
    func reversePathOfAMessage(_ from: String, _ path: String?) throws {
        let address = try #require(try World.parse("host h\nfrom \(from)\n").defaultAccount?.sender.address)
        let author = EmailAddress(localPart: "author", domain: "example.net")
        #expect(address.reversePath(author: author, user: "www-data")?.description == path)
    }

    @Test func anAuthorIsNeededOnlyWhereNamed() throws {
        let address = try #require(try World.parse("host h\nfrom %F\n").defaultAccount?.sender.address)
        #expect(address.reversePath(author: nil, user: "u") == nil)
    }
}

struct WildcardTests {
    @Test(arguments: [
        ("*", "", true), ("*", "abc", true), ("a*c", "abbc", true), ("a*c", "abcd", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false), ("[abc]x", "bx", true), ("[!abc]x", "bx", false), ("[^abc]x", "dx", true),
        ("[a-f]*", "each", true), ("[a-f]*", "goat", false), ("[]]", "]", true), ("[a", "[a", true),
        ("\\*", "*", true), ("\\*", "x", false), ("*a*a*a*a*b", String(repeating: "a", count: 200), false),
        ("[z-a]", "b", false), ("[a-]", "-", true), ("**x", "abx", true), ("abc", "ab", false),
    ])
    func matches(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(Wildcard.matches(pattern, text) == expected)
    }
}
