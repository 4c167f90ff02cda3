// Every key of the daemon section: what is taken and becomes of it, and what is not.

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
        #expect(daemon.missingKeyPolicy == nil)
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
            dkim_missing send
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
        #expect(daemon.missingKeyPolicy == .send)
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
        ("dkim_missing drop", "dkim_missing: \"drop\" is not allowed; allowed: defer, send, reject"),
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
