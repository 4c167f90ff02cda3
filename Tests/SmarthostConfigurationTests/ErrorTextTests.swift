// What a person reads when a file is wrong: everything at once, each with its line.

import Testing

@testable import SmarthostConfiguration

struct ErrorTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let errors: [String]
        var testDescription: String { text }
    }

    static let domains = "allowed: one domain such as example.org, or * for mail without another key"

    static let cases = [
        Case(
            text: "tls_starttsl on\nhost h\n",
            errors: ["1: tls_starttsl: unknown key; did you mean tls_starttls?"]),
        Case(text: "host h\nTLS on\n", errors: ["2: TLS: unknown key; did you mean tls?"]),
        Case(text: "host h\nacount x\n", errors: ["2: acount: unknown key; did you mean account?"]),
        Case(
            text: "host h\nfavourite_colour blue\n",
            errors: ["2: favourite_colour: unknown key; smarthost.conf(5) lists the keys"]),
        Case(
            text: "host /run/relay.sock\n",
            errors: [
                "1: host: \"/run/relay.sock\" is not allowed; allowed: \(AccountKeyTests.hosts)",
                "1: host: account default has no relay; set host, socket, or protocol maildir",
            ]),
        Case(
            text: "host=h\n",
            errors: ["1: host=h: unknown key; write a blank between key and argument: `host …`"]),
        Case(
            text: "host h\nspool /s\n",
            errors: ["2: spool: is not a key of the account section; put it below a line `daemon`"]),
        Case(
            text: "daemon\nselector s\n",
            errors: ["2: selector: is not a key of the daemon section; put it below a line `dkim DOMAIN`"]),
        Case(
            text: "dkim a.example\nhost h\nselector s\nkey_file /k\n",
            errors: ["2: host: is not a key of the dkim section; put it below a line `account NAME`"]),
        Case(text: "defaults on\naccount default\nhost h\n", errors: ["1: defaults: takes no argument"]),
        Case(
            text: "account\nhost h\n",
            errors: ["1: account: needs a name: `account NAME` or `account NAME : PARENT`"]),
        Case(
            text: "account a,b\nhost h\n",
            errors: ["1: account: \"a,b\" has a comma in it; allowed: names without : and ,"]),
        Case(
            text: "account a\nhost h\naccount a\nhost h\n",
            errors: ["3: account: a is defined already (/etc/msmtprc:1); give it another name"]),
        Case(
            text: "account default : gmail\n",
            errors: ["1: account: gmail is not defined above this line; defined: none so far"]),
        Case(
            text: "account a\nhost h\naccount default : b\n",
            errors: ["3: account: b is not defined above this line; defined: a"]),
        Case(
            text: "account a\nhost h\naccount default : a,\n",
            errors: ["3: account: names no account behind the colon; write `account NAME : PARENT`"]),
        Case(text: "daemon x\n", errors: ["1: daemon: takes no argument"]),
        Case(
            text: "daemon\ndaemon\nspool relative\n",
            errors: [
                "2: daemon: there is a daemon section already (/etc/msmtprc:1); put the keys there",
                "3: spool: \"relative\" is not allowed; allowed: an absolute path, or one that begins with ~/",
            ]),
        Case(
            text: "daemon\ndelivery queue\ndelivery direct\n",
            errors: ["3: delivery: is given already (/etc/msmtprc:2); keep one of the two"]),
        Case(
            text: "dkim\n", errors: ["1: dkim: \"\" is not a domain; \(domains)"]
        ),
        Case(
            text: "dkim exa mple\n",
            errors: ["1: dkim: \"exa mple\" is not a domain; \(domains)"]),
        Case(
            text: "dkim a.b\nselector s\nkey_file /k\ndkim A.B\n",
            errors: ["4: dkim: a.b is configured already (/etc/msmtprc:1); put all its keys there"]),
        Case(
            text: "dkim *\ndomain a.b\nselector s\nkey_file /k\ndkim *\n",
            errors: ["5: dkim: * is configured already (/etc/msmtprc:1); put all its keys there"]),
        Case(
            text: "account default\nfrom a@b\n",
            errors: ["1: host: account default has no relay; set host, socket, or protocol maildir"]),
        Case(
            text: "host h\nprotocol lmtp\n",
            errors: ["2: port: LMTP has no default port; set port (24 is usual) or socket"]),
        Case(
            text: "protocol maildir\n",
            errors: ["1: maildir: account default has protocol maildir; name the folder: `maildir PATH`"]),
        Case(text: "maildir /m\n", errors: ["1: maildir: needs `protocol maildir` beside it"]),
        Case(
            text: "socket /s\ntls on\n",
            errors: [
                "2: tls: there is no name to check the certificate against; set host or tls_host_override"
            ]),
        Case(
            text: "host h\ntls on\ntls_trust_file\n",
            errors: [
                "3: tls_trust_file: empty, so that no certificate could be accepted; set system or a file"
            ]),
        Case(
            text: "host h\nauth plain\nuser u\npassword hunter2\n",
            errors: [
                "2: auth: plain would send the password in clear; set `tls on`, or `auth scram-sha-256` if the relay has it"
            ]),
        Case(
            text: "host h\ntls on\nauth on\n",
            errors: [
                "3: auth: needs a user name; set user, or `auth off`",
                "3: auth: needs a password; set password_file, passwordeval or password (there is no .netrc, and key rings are not read)",
            ]),
        Case(
            text: "host h\ndomain %M\n",
            errors: ["2: domain: %M stands for /etc/mailname, which is not known; write the name in full"]),
        Case(
            text: "host h\neval\n",
            errors: ["2: eval: needs an argument: a command that prints the line to put here"]),
        Case(text: "host h\neval false\n", errors: ["2: eval: the command failed: exit status 127"]),
        Case(text: "host h\u{1}\n", errors: ["1: the line contains a control character; remove it"]),
        Case(
            text:
                "defaults\ntls onn\naccount gmail\nhsot smtp.gmail.com\nport 58x\naccount default : gmail\n",
            errors: [
                "2: tls: \"onn\" is not allowed; allowed: on, off, opportunistic",
                "4: hsot: unknown key; did you mean host?",
                "5: port: \"58x\" is not allowed; allowed: a number from 1 to 65535",
                "6: host: account default has no relay; set host, socket, or protocol maildir",
            ]),
    ]

    @Test(arguments: cases) func namesAllThatIsWrong(_ file: Case) {
        #expect(World.errors(file.text) == file.errors.map { "/etc/msmtprc:\($0)" })
    }

    @Test func limitsLinesAndFiles() {
        let longest = "password " + String(repeating: "x", count: 65_536 - 9)
        #expect(World.errors("host h\n\(longest)\n") == [])
        #expect(
            World.errors("host h\n\(longest)x\n")
                == ["/etc/msmtprc:2: the line is longer than 65536 bytes, the most that is read"])
        #expect(
            World.errors(String(repeating: "#\n", count: 524_289)).first
                == "/etc/msmtprc: is larger than 1 MiB, the most that is read")
    }

    @Test func refusesTextThatIsNotUTF8ButTakesSuchPasswords() throws {
        let latin1 = SourceFile(
            bytes: Array("host h\nfrom_full_name J".utf8) + [0xE9, 0x0A], metadata: World.safe)
        #expect(
            throws: ConfigurationError(errors: [
                Diagnostic(
                    .error, at: .line(file: "/c", number: 2), key: "from_full_name",
                    "is not UTF-8; allowed: any text")
            ])
        ) { try Configuration.parse(latin1, path: "/c", from: World.source()) }
        let secret = SourceFile(
            bytes: Array("# \u{e9}\nhost h\ntls on\nauth on\nuser u\npassword ".utf8) + [0xE9],
            metadata: World.safe)
        let relay = try Configuration.parse(secret, path: "/c", from: World.source()).relay
        guard case .on(let credentials, _) = relay?.authentication else { return #expect(Bool(false)) }
        #expect(credentials.password == .inline(Secret([0xE9])))
    }

    /// No beginning of a file makes the reader trap, and what is whole is read.
    @Test func readsEveryBeginningOfAFile() {
        let bytes = Array(
            (MsmtprcFileTests.gmail
                + "\ndaemon\nlisten submit unix:/s mode=0666\nretry 1m\ndkim a.b\nselector s\nkey_file /k\n")
                .utf8)
        let failures = bytes.indices.filter { end in
            let file = SourceFile(bytes: Array(bytes[..<end]), metadata: World.safe)
            do throws(ConfigurationError) {
                _ = try Configuration.parse(file, path: "/c", from: World.source())
                return false
            } catch {
                return error.errors.isEmpty
            }
        }
        #expect(failures == [])
    }

    /// Damaged files are refused or read, in the same way each time, and never trap.
    @Test func readsDamagedFiles() {
        let sample = Array(
            (MsmtprcFileTests.gmail
                + "\nfrom *+[a-c]?@x\ndaemon\nlisten submit unix:/s mode=0666\nretry 1m 2h\ndkim a.b\nselector s\nkey_file /k\n")
                .utf8)
        let marks = Array("\n\r\" \t:,#*?[]@%~/+=\u{e9}9".utf8)
        var random: UInt64 = 20_261_121
        func next(_ limit: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % limit
        }
        var outcomes: Set<Bool> = []
        for _ in 0..<1500 {
            var bytes = sample
            for _ in 0...next(4) { bytes[next(bytes.count)] = marks[next(marks.count)] }
            let file = SourceFile(bytes: bytes, metadata: World.safe)
            let first = Self.outcome(of: file)
            #expect(first.text == Self.outcome(of: file).text)
            outcomes.insert(first.isTaken)
        }
        #expect(outcomes == [true, false])
    }

    private static func outcome(of file: SourceFile) -> (isTaken: Bool, text: String) {
        do throws(ConfigurationError) {
            return (true, try Configuration.parse(file, path: "/c", from: World.source()).renderedText)
        } catch {
            return (false, error.description)
        }
    }

    @Test func aPathWithATildeNeedsAHome() {
        #expect(
            World.errors("host h\nlogfile ~/log\n", from: World.source(home: nil))
                == [
                    "/etc/msmtprc:2: logfile: \"~/log\" cannot be found: the daemon has no home directory; write the path in full"
                ])
    }
}
