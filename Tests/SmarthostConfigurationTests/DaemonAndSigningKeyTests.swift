// Every key of the daemon and dkim sections: what is taken and becomes of it, and what is not.

import Testing

@testable import SmarthostConfiguration

struct DaemonKeyTests {
    @Test func defaults() throws {
        let daemon = try World.parse("daemon\n").daemon
        #expect(daemon.listeners.map(\.path) == ["/run/smarthost/submit.sock"])
        #expect(daemon.listeners.map(\.mode) == [0o660])
        #expect(daemon.spoolDirectory == "/var/lib/smarthost/spool")
        #expect(daemon.delivery == .queue)
        #expect(daemon.idleExit == nil)
        #expect(daemon.allowedUsers == nil && daemon.allowedGroups == nil)
        #expect(daemon.maximumMessageSize == 104_857_600)
        #expect(daemon.maximumRecipients == 1000)
        #expect(daemon.retryPlan == [60, 300, 900, 1800, 3600, 7200, 14_400].map { .seconds($0) })
        #expect(daemon.maximumConnections == 4)
    }

    @Test func takesAll() throws {
        let daemon = try World.parse(
            """
            daemon
            listen submit unix:/run/smarthost/submit.sock user=mailer group=www-data mode=0660
            listen submit unix:/MAILSOCK/sendmail mode=666
            spool /var/spool/smarthost
            delivery direct
            idle_exit 5m
            allow_users www-data, 1000
            allow_groups mail
            max_message_size 25M
            max_recipients 100
            retry 30s 5m 2h 1d
            max_connections 2
            """
        ).daemon
        #expect(daemon.listeners.map(\.path) == ["/run/smarthost/submit.sock", "/MAILSOCK/sendmail"])
        #expect(daemon.listeners[0].user == "mailer" && daemon.listeners[0].group == "www-data")
        #expect(daemon.listeners.map(\.mode) == [0o660, 0o666])
        #expect(daemon.spoolDirectory == "/var/spool/smarthost")
        #expect(daemon.delivery == .direct)
        #expect(daemon.idleExit == .seconds(300))
        #expect(daemon.allowedUsers == ["www-data", "1000"] && daemon.allowedGroups == ["mail"])
        #expect(daemon.maximumMessageSize == 26_214_400 && daemon.maximumRecipients == 100)
        #expect(daemon.retryPlan == [30, 300, 7200, 86_400].map { .seconds($0) })
        #expect(daemon.maximumConnections == 2)
    }

    @Test(arguments: [
        (
            "listen submit",
            "listen: \"submit\" is not allowed; allowed: submit unix:PATH [user=USER] [group=GROUP] [mode=0660]"
        ),
        (
            "listen smtp unix:/run/x",
            "listen: \"smtp\" is not a service; allowed: submit unix:PATH [user=USER] [group=GROUP] [mode=0660]"
        ),
        ("listen submit tcp:25", "listen: \"tcp:25\" is not an address; allowed: unix: and an absolute path"),
        (
            "listen submit unix:x.sock",
            "listen: \"unix:x.sock\" is not an address; allowed: unix: and an absolute path"
        ),
        (
            "listen submit unix:/x mode=888",
            "listen: \"mode=888\" is not allowed; allowed: mode= and three octal digits such as 0660"
        ),
        (
            "listen submit unix:/x mode=+66",
            "listen: \"mode=+66\" is not allowed; allowed: mode= and three octal digits such as 0660"
        ),
        (
            "listen submit unix:/x owner=joe",
            "listen: \"owner=joe\" is not allowed; allowed: user=USER, group=GROUP, mode=0660"
        ),
        (
            "listen submit unix:/x user=",
            "listen: \"user=\" is not allowed; allowed: user=USER, group=GROUP, mode=0660"
        ),
        (
            "listen submit unix:/\(String(repeating: "s", count: 107))",
            "listen: \"/\(String(repeating: "s", count: 107))\" is longer than 107 bytes, the most a Unix socket's path can have"
        ),
        (
            "spool spool",
            "spool: \"spool\" is not allowed; allowed: an absolute path, or one that begins with ~/"
        ),
        ("delivery later", "delivery: \"later\" is not allowed; allowed: queue, direct"),
        (
            "idle_exit never",
            "idle_exit: \"never\" is not allowed; allowed: off or a duration such as 90, 30s, 5m, 2h"
        ),
        ("allow_users", "allow_users: needs an argument: names with commas between them"),
        ("allow_groups a:b", "allow_groups: \"a:b\" is not allowed; allowed: names with commas between them"),
        (
            "max_message_size 0",
            "max_message_size: \"0\" is not allowed; allowed: a number of bytes, with k, M or G for its multiples"
        ),
        (
            "max_message_size 9999999999G",
            "max_message_size: \"9999999999G\" is not allowed; allowed: a number of bytes, with k, M or G for its multiples"
        ),
        ("max_recipients 0", "max_recipients: \"0\" is not allowed; allowed: a number from 1 to 1000000"),
        (
            "retry 5 minutes",
            "retry: \"5 minutes\" is not allowed; allowed: durations such as 30s 5m 2h 1d with blanks between them"
        ),
        ("max_connections 0", "max_connections: \"0\" is not allowed; allowed: a number from 1 to 1000"),
    ])
    func refuses(_ line: String, _ complaint: String) {
        #expect(World.errors("daemon\n\(line)\n") == ["/etc/msmtprc:2: \(complaint)"])
    }

    @Test func refusesASocketTwice() {
        #expect(
            World.errors("daemon\nlisten submit unix:/a\nlisten submit unix:/a mode=0666\n")
                == [
                    "/etc/msmtprc:3: listen: /a is listened on already (/etc/msmtprc:2); give each socket once"
                ])
    }

    @Test func theEnvironmentNamesTheStandardSocket() throws {
        let source = World.source(environment: ["SMARTHOST_SOCKET": "/tmp/demo/submit.sock"])
        #expect(
            try World.parse("daemon\n", from: source).daemon.listeners.map(\.path) == [
                "/tmp/demo/submit.sock"
            ])
        #expect(
            World.errors("daemon\n", from: World.source(environment: ["SMARTHOST_SOCKET": "submit.sock"]))
                == [
                    "environment: SMARTHOST_SOCKET: \"submit.sock\" is not allowed; allowed: an absolute path of at most 107 bytes"
                ])
        let named = try World.parse("daemon\nlisten submit unix:/a\n", from: source)
        #expect(named.daemon.listeners.map(\.path) == ["/a"])
    }
}

struct SigningKeyTests {
    static let complete = "dkim Example.ORG\nselector s2026\nkey_file /etc/smarthost/dkim/key.pem\n"

    @Test func defaults() throws {
        let signing = try #require(try World.parse(Self.complete).dkim.first)
        #expect(signing.domain == "example.org" && signing.keys.map(\.selector) == ["s2026"])
        #expect(signing.keys.map(\.source) == [.file("/etc/smarthost/dkim/key.pem")])
        #expect(signing.headerCanonicalization == .relaxed && signing.bodyCanonicalization == .relaxed)
        #expect(signing.signedFields == nil && signing.oversignedFields == nil)
        #expect(signing.expiry == nil && signing.identity == nil)
    }

    @Test func takesAll() throws {
        let signing = try #require(
            try World.parse(
                Self.complete + """
                    canonicalization relaxed/simple
                    sign_headers From, To,Subject
                    oversign_headers From Subject
                    expire 7
                    identity news@mail.example.org
                    """
            ).dkim.first)
        #expect(signing.headerCanonicalization == .relaxed && signing.bodyCanonicalization == .simple)
        #expect(
            signing.signedFields == ["From", "To", "Subject"]
                && signing.oversignedFields == ["From", "Subject"])
        #expect(signing.expiry == .seconds(604_800) && signing.identity == "news@mail.example.org")
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
        ("expire 0", "expire: \"0\" is not allowed; allowed: off or a number of days, at least 1"),
        (
            "identity @example.net",
            "identity: \"@example.net\" is not in example.org; allowed: an address in the signing domain or below it, such as @example.org"
        ),
        (
            "identity joe",
            "identity: \"joe\" is not allowed; allowed: an address in the signing domain or below it, such as @example.org"
        ),
        ("selector s2027", "selector: is given already (/etc/msmtprc:2); keep one of the two"),
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
            "/etc/msmtprc:3: key_file: \"k.pem\" is not allowed; allowed: an absolute path, or one that begins with ~/"
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
