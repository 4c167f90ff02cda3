// `send` and `check --connect` against relays that fail in every way a beginner meets.
import Glibc
import LinuxIO
import TestSupport
import Testing

@testable import ControlCommands

@Suite struct RelayTests {
    typealias Step = ScriptedRelay.Step

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var account = ""
        var script: [Step] = []
        /// What is said, in part; `check` and `send` say it alike.
        let text: String
        let code: Int32
    }

    static let trust =
        "tls_trust_file \(ScriptedRelay.certificate).crt\ntls_host_override relay.test\n"
    static let login = "auth plain\nuser tim\npassword tanstaaf\n"
    static let hello: [Step] = [.say("220 relay.test"), .expect("EHLO"), .say("250 relay.test")]

    static let openings = [
        Case(
            testDescription: "the port of TLS, spoken to in plain text", script: [],
            text:
                "no mail server's greeting: RELAY closed the connection before it greeted; if the port wants TLS",
            code: ExitCode.unavailable),
        Case(
            testDescription: "the relay is overloaded", script: [.say("421 4.3.2 come back later")],
            text: "RELAY does not want to talk: 421 4.3.2 come back later", code: ExitCode.unavailable),
        Case(
            testDescription: "no mail server", script: [.say("SSH-2.0-OpenSSH_9.2")],
            text: "RELAY did not greet as a mail server", code: ExitCode.unavailable),
        Case(
            testDescription: "STARTTLS is not offered", account: "tls on\n" + trust, script: hello,
            text: "no STARTTLS: RELAY does not offer STARTTLS", code: ExitCode.unavailable),
        Case(
            testDescription: "TLS from the start where plain text is spoken",
            account: "tls on\ntls_starttls off\n" + trust, script: [.say("220 relay.test")],
            text: "TLS on the wrong port: RELAY does not speak TLS from the start; set tls_starttls on",
            code: ExitCode.unavailable),
        Case(
            testDescription: "a certificate for another name",
            account: "tls on\ntls_starttls off\ntls_trust_file \(ScriptedRelay.certificate).crt\n",
            script: [.startTLS], text: "certificate not accepted: RELAY: certificate",
            code: ExitCode.unavailable),
        Case(
            testDescription: "no authentication is offered", account: login, script: hello,
            text: "login failed: RELAY offers no authentication for account default",
            code: ExitCode.noPermission),
        Case(
            testDescription: "the password is wrong", account: login,
            script: [
                .say("220 relay.test"), .expect("EHLO"), .say("250-relay.test\n250 AUTH PLAIN"),
                .expect("AUTH PLAIN"),
                .say("535 5.7.8 bad credentials"),
            ],
            text:
                "credentials wrong: RELAY refused user tim (account default): 535 5.7.8 bad credentials; check user "
                + "and password", code: ExitCode.noPermission),
    ]

    static let transactions = [
        Case(
            testDescription: "the sender is refused",
            script: hello + [.expect("MAIL"), .say("550 5.7.1 not yours")],
            text:
                "not sent: sender not permitted: RELAY refused the sender <me@example.org>: 550 5.7.1 not yours",
            code: ExitCode.noPermission),
        Case(
            testDescription: "the recipient does not exist",
            script: hello + [.expect("MAIL"), .say("250 ok"), .expect("RCPT"), .say("550 5.1.1 who?")],
            text: "not sent: no such mailbox: RELAY refused the recipient <you@example.net>: 550 5.1.1 who?",
            code: ExitCode.noUser),
        Case(
            testDescription: "the message is refused", script: accepted + [.content, .say("554 5.6.0 no")],
            text: "not sent: RELAY refused the message: 554 5.6.0 no", code: ExitCode.data),
        Case(
            testDescription: "greylisting",
            script: hello + [.expect("MAIL"), .say("250 ok"), .expect("RCPT"), .say("451 4.7.1 later")],
            text: "not sent: greylisted: RELAY refused the recipient <you@example.net>: 451 4.7.1 later",
            code: ExitCode.unavailable),
        Case(
            testDescription: "the connection is lost at the end", script: accepted + [.content],
            text: "or perhaps it was: the connection was lost", code: ExitCode.unavailable),
    ]

    static let accepted =
        hello + [
            .expect("MAIL"), .say("250 ok"), .expect("RCPT"), .say("250 ok"), .expect("DATA"), .say("354 go"),
        ]

    /// Runs the command with an account for the scripted relay; `RELAY` in the result stands for it.
    static func run(
        _ command: [String], account: String, script: [Step]
    ) async throws -> (outcome: Outcome, problem: String?, content: [String]) {
        let folder = try Folder()
        return try await onLoop { loop in
            let relay = try ScriptedRelay(on: loop)
            let file = try folder.write(
                """
                daemon
                listen submit unix:\(folder.path)/s.sock
                spool \(folder.path)/spool
                account default
                host 127.0.0.1
                port \(relay.port)
                from me@example.org
                \(account)
                """, to: "conf")
            let playing = loop.spawn { await relay.play(script) }
            let outcome = try await control(command + ["--config", file], on: loop)
            let problem = await playing.value
            func shown(_ text: String) -> String { text.replacing("127.0.0.1:\(relay.port)", with: "RELAY") }
            let result = Outcome(
                code: outcome.code, output: shown(outcome.output), complaints: outcome.complaints.map(shown))
            return (result, problem, relay.content)
        }
    }

    @Test(arguments: openings) func connectSaysWhy(_ given: Case) async throws {
        let (outcome, problem, _) = try await Self.run(
            ["check", "--connect"], account: given.account, script: given.script)
        #expect(problem == nil)
        #expect(outcome.code == ExitCode.unavailable)
        #expect(outcome.complaint.contains("account default: "))
        #expect(outcome.complaint.contains(given.text))
        #expect(outcome.output.hasSuffix("\nFound: 1 unusable relay.\n") || outcome.complaints.count > 1)
    }

    @Test(arguments: openings + transactions) func sendSaysWhy(_ given: Case) async throws {
        let (outcome, problem, _) = try await Self.run(
            ["send", "--debug", "you@example.net"], account: given.account, script: given.script)
        #expect(problem == nil)
        #expect(outcome.code == given.code)
        #expect(outcome.complaint.contains(given.text))
        #expect(outcome.complaint.contains("not sent"))
        #expect(!(outcome.output + outcome.complaint).contains("tanstaaf"))
    }

    @Test(arguments: [
        ("127.0.0.1", ["port closed: 127.0.0.1:PORT refused the connection: nothing listens there"]),
        // Which of the two is for the name server of the machine that runs this.
        (
            "no-such-host.invalid",
            [
                "name not found: no-such-host.invalid:PORT",
                "no answer from the name server: no-such-host.invalid:PORT",
            ]
        ),
    ])
    func nobodyThere(host: String, texts: [String]) async throws {
        let folder = try Folder()
        let (descriptor, port) = ScriptedRelay.bound()
        defer { close(descriptor) }
        let file = try folder.write(
            "account default\nhost \(host)\nport \(port)\nfrom a@example.org\n", to: "conf")
        let expected = texts.map { $0.replacing("PORT", with: "\(port)") }
        let sent = try await control("send", "--config", file, "you@example.net")
        #expect(sent.code == ExitCode.unavailable)
        #expect(expected.contains { sent.complaint.contains("not sent: \($0)") })
        let checked = try await control("check", "--connect", "--config", file, state: folder.path)
        #expect(expected.contains { checked.complaint.contains("account default: \($0)") })
        #expect(checked.output.contains("1 unusable relay"))
    }

    @Test func sentWithTheWholeDialogue() async throws {
        let authenticated: [Step] = [
            .say("220 relay.test"), .expect("EHLO"), .say("250-relay.test\n250 STARTTLS"),
            .expect("STARTTLS"),
            .say("220 go"), .startTLS, .expect("EHLO"),
            .say("250-relay.test\n250-SIZE 1000000\n250 AUTH PLAIN"),
            .expect("AUTH PLAIN AHRpbQB0YW5zdGFhZg=="), .say("235 welcome"),
        ]
        let transaction: [Step] = [
            .expect("MAIL FROM:<me@example.org> SIZE="), .say("250 ok"), .expect("RCPT TO:<you@example.net>"),
            .say("250 ok"), .expect("DATA"), .say("354 go"), .content, .say("250 2.0.0 queued as 42"),
            .expect("QUIT"), .say("221 bye"),
        ]
        let account = "tls on\n" + Self.trust + Self.login
        let (outcome, problem, content) = try await Self.run(
            ["send", "you@example.net", "--debug"], account: account, script: authenticated + transaction)
        #expect(problem == nil)
        #expect(outcome.code == ExitCode.success)
        #expect(outcome.complaints == [])
        let lines = outcome.output.split(separator: "\n").map(String.init)
        for line in [
            "S: 220 relay.test", "C: STARTTLS", "C: AUTH PLAIN ***", "S: 235 welcome", "C: DATA",
            "C: Subject: Test mail from smarthost", "C: To: you@example.net", "S: 250 2.0.0 queued as 42",
            "<you@example.net>: accepted for delivery by account default: 250 2.0.0 queued as 42",
        ] {
            #expect(lines.contains(line))
        }
        #expect(lines.contains { $0.hasPrefix("-- secured by TLSv1.3 TLS_") })
        #expect(!outcome.output.contains("tanstaaf"))
        #expect(!outcome.output.contains("AHRpbQ"))
        #expect(content.filter { $0.hasPrefix("From:") } == ["From: me@example.org"])

        let checked = try await Self.run(
            ["check", "--connect"], account: account,
            script: authenticated + [.expect("QUIT"), .say("221 bye")])
        #expect(checked.problem == nil)
        #expect(checked.outcome.code == ExitCode.success)
        #expect(checked.outcome.output.contains("account default: RELAY answers, TLSv1.3"))
        #expect(checked.outcome.output.contains("logged in as tim, takes up to 1000000 bytes"))
        #expect(!checked.outcome.output.contains("tanstaaf"))
    }

    @Test func withoutDebugOnlyTheResultIsTold() async throws {
        let (outcome, _, _) = try await Self.run(
            ["send", "you@example.net"], account: "", script: Self.accepted + [.content, .say("250 ok")])
        #expect(outcome.code == ExitCode.success)
        #expect(
            outcome.output == """
                account default: connected to RELAY, without TLS
                not signed: no dkim section is for the domain of its From field
                <you@example.net>: accepted for delivery by account default: 250 ok

                """)
    }
}
