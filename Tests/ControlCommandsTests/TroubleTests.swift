// What a beginner is told of each kind of trouble with a relay, and the exit code that a script gets.
import Glibc
import LinuxIO
import MailCore
import TestSupport
import Testing

@testable import ControlCommands

@Suite struct TroubleTests {
    typealias Case = RelayTests.Case
    private typealias Step = RelayTests.Step

    private static let implicit = "tls on\ntls_starttls off\n"
    private static let ready = RelayTests.hello + [.expect("MAIL"), .say("250 ok"), .expect("RCPT")]

    private static func atLogin(_ reply: String) -> [RelayTests.Step] {
        [
            .say("220 relay.test"), .expect("EHLO"), .say("250-relay.test\n250 AUTH PLAIN"),
            .expect("AUTH PLAIN"), .say(reply),
        ]
    }

    static let connections = [
        Case(
            testDescription: "nobody greets", account: "timeout 1\n", script: [.silence],
            text:
                "no mail server's greeting: RELAY did not greet in time; if the port wants TLS from the start, "
                + "set tls on and tls_starttls off", code: ExitCode.unavailable),
        Case(
            testDescription: "no TLS on the port of TLS", account: "timeout 1\n", script: [.startTLS],
            text: "if the port wants TLS from the start, set tls on and tls_starttls off",
            code: ExitCode.unavailable),
        Case(
            testDescription: "STARTTLS on the port of TLS", account: "timeout 1\ntls on\n" + RelayTests.trust,
            script: [.startTLS],
            text: "if the port wants TLS from the start, set tls on and tls_starttls off",
            code: ExitCode.unavailable),
        Case(
            testDescription: "TLS on the port of STARTTLS", account: implicit + RelayTests.trust,
            script: [.say("220 relay.test")],
            text: "TLS on the wrong port: RELAY does not speak TLS from the start; set tls_starttls on",
            code: ExitCode.unavailable),
        Case(
            testDescription: "another server", script: [.say("SSH-2.0-OpenSSH_9.2")],
            text: "not a mail server: RELAY did not greet as a mail server", code: ExitCode.unavailable),
        Case(
            testDescription: "a certificate of nobody known",
            account: implicit + "tls_host_override relay.test\n", script: [.startTLS],
            text: "certificate not accepted: RELAY: certificate", code: ExitCode.unavailable),
        Case(
            testDescription: "a certificate for another name",
            account: implicit + "tls_trust_file \(ScriptedRelay.certificate).crt\n", script: [.startTLS],
            text: "certificate not accepted: RELAY: certificate", code: ExitCode.unavailable),
        Case(
            testDescription: "credentials wrong", account: RelayTests.login,
            script: atLogin("535 5.7.8 bad credentials"),
            text: "credentials wrong: RELAY refused user tim (account default): 535 5.7.8 bad credentials",
            code: ExitCode.noPermission),
        Case(
            testDescription: "a relay that cannot tell now", account: RelayTests.login,
            script: atLogin("454 4.7.0 come back"), text: "login failed: RELAY cannot log in user tim",
            code: ExitCode.noPermission),
    ]

    static let mails = [
        Case(
            testDescription: "a login is wanted",
            script: RelayTests.hello + [.expect("MAIL"), .say("530 5.7.0 Authentication required")],
            text:
                "login wanted: RELAY wants more first: 530 5.7.0 Authentication required; set tls on, and auth",
            code: ExitCode.noPermission),
        Case(
            testDescription: "sender refused at MAIL",
            script: RelayTests.hello + [.expect("MAIL"), .say("553 not yours")],
            text:
                "sender not permitted: RELAY refused the sender <me@example.org>: 553 not yours; set from to",
            code: ExitCode.noPermission),
        Case(
            testDescription: "sender refused at RCPT",
            script: ready + [
                .say("553 5.7.1 <me@example.org>: Sender address rejected: not owned by user tim")
            ],
            text: "sender not permitted: RELAY refused the recipient", code: ExitCode.noPermission),
        Case(
            testDescription: "sender refused behind the message",
            script: RelayTests.accepted + [
                .content, .say("554 Message rejected: Email address is not verified."),
            ],
            text: "sender not permitted: RELAY refused the message", code: ExitCode.noPermission),
        Case(
            testDescription: "relay access denied",
            script: ready + [.say("554 5.7.1 <you@example.net>: Relay access denied")],
            text: "relay access denied: RELAY refused the recipient <you@example.net>: 554 5.7.1",
            code: ExitCode.noPermission),
        Case(
            testDescription: "relaying denied, without an enhanced code",
            script: ready + [.say("550 relaying denied")],
            text: "550 relaying denied; the relay sends to others only for those it knows: set auth on",
            code: ExitCode.noPermission),
        Case(
            testDescription: "no such mailbox", script: ready + [.say("550 5.1.1 relay.test: who?")],
            text: "no such mailbox: RELAY refused the recipient", code: ExitCode.noUser),
        Case(
            testDescription: "greylisting", script: ready + [.say("450 4.2.0 Greylisted for 300 seconds")],
            text: "greylisted: RELAY refused the recipient <you@example.net>: 450 4.2.0",
            code: ExitCode.unavailable),
        Case(
            testDescription: "mailbox full, for now", script: ready + [.say("452 4.2.2 over quota")],
            text: "mailbox full: RELAY refused the recipient", code: ExitCode.unavailable),
        Case(
            testDescription: "mailbox full, found late",
            script: RelayTests.accepted + [.content, .say("552 5.2.2 full")],
            text: "mailbox full: RELAY refused the message: 552 5.2.2 full; only the recipient",
            code: ExitCode.unavailable),
        Case(
            testDescription: "too big, as its limit says",
            script: [.say("220 relay.test"), .expect("EHLO"), .say("250-relay.test\n250 SIZE 10")],
            text: "and RELAY takes at most 10; send less, or a link to it", code: ExitCode.data),
        Case(
            testDescription: "too big, as it says at the end",
            script: RelayTests.accepted + [.content, .say("552 message too large")],
            text: "too big: RELAY refused the message: 552 message too large", code: ExitCode.data),
        Case(
            testDescription: "an address that is refused for no reason of these",
            script: ready + [.say("550 5.7.1 your network is blocked")],
            text:
                "not sent: RELAY refused the recipient <you@example.net>: 550 5.7.1 your network is blocked",
            code: ExitCode.noPermission),
    ]

    @Test(arguments: connections) func connectTells(_ given: Case) async throws {
        let (outcome, problem, _) = try await RelayTests.run(
            ["check", "--connect"], account: given.account, script: given.script)
        #expect(problem == nil)
        #expect(outcome.code == ExitCode.unavailable)
        #expect(outcome.complaint.contains(given.text))
    }

    @Test(arguments: connections + mails) func sendTells(_ given: Case) async throws {
        let (outcome, problem, _) = try await RelayTests.run(
            ["send", "--debug", "you@example.net"], account: given.account, script: given.script)
        #expect(problem == nil)
        #expect(outcome.code == given.code)
        #expect(outcome.complaint.contains(given.text))
        #expect(!(outcome.output + outcome.complaint).contains("tanstaaf"))
    }

    /// A port whose queue of connections is full drops what is sent to it, as a firewall does.
    @Test func aPortThatIsFiltered() async throws {
        let folder = try Folder()
        let (listener, port) = ScriptedRelay.bound()
        defer { close(listener) }
        #expect(listen(listener, 0) == 0)
        let (caller, _) = ScriptedRelay.bound()
        defer { close(caller) }
        try ScriptedRelay.connect(caller, to: port)
        let file = try folder.write(
            "account default\nhost 127.0.0.1\nport \(port)\nfrom a@example.org\ntimeout 1\n", to: "conf")
        let text =
            "port filtered: 127.0.0.1:\(port) did not answer in time; the port may be blocked by a firewall, by the "
            + "provider (port 25 often is: try 587 or 465) or by the container's network"
        let sent = try await control("send", "--debug", "--config", file, "you@example.net")
        #expect(sent.code == ExitCode.unavailable)
        #expect(sent.complaint.contains(text))
        let checked = try await control("check", "--connect", "--config", file, state: folder.path)
        #expect(checked.code == ExitCode.unavailable)
        #expect(checked.complaint.contains(text))
    }

    @Test(arguments: [
        ("smtp.gmail.com", "Gmail wants an app password"), ("smtp-mail.outlook.com", "Outlook.com takes no"),
        ("smtp.office365.com", "authenticated SMTP"), ("SMTP.Mail.Yahoo.com", "an app password"),
        ("smtp.aol.com", "an app password"), ("smtp.mail.me.com", "an app password"),
        ("smtp.fastmail.com", "an app password"), ("smtp.sendgrid.net", "the word apikey as user"),
        ("email-smtp.eu-west-1.amazonaws.com", "SMTP credentials of the same region"),
        ("smtp.postmarkapp.com", "the server's API token"), ("notgmail.com", nil), ("mail.example.org", nil),
    ])
    func whatTheProviderWants(host: String, hint: String?) {
        let failure = DeliveryFailure(
            .transient, .relay, .authentication, reply: Reply(code: 535, text: "no"),
            "\(host):587 refused user tim: 535 no")
        let text = RelayAdvice.text(for: failure)
        let expected = "credentials wrong: \(failure.text)"
        #expect(hint.map { text.hasPrefix(expected + "; ") && text.contains($0) } ?? (text == expected))
    }

    @Test func aTokenIsNoPassword() {
        let text =
            "smtp.gmail.com:587 refused user tim: 535 no; check user and access token of account default"
        let failure = DeliveryFailure(
            .transient, .relay, .authentication, reply: Reply(code: 535, text: "no"), text)
        #expect(RelayAdvice.text(for: failure) == "credentials wrong: \(text)")
    }

    /// The manual has a line for each, with the exit code.
    @Test func theManualNamesThemAll() throws {
        let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = try Files.read("\(path)/docs/man/smarthostctl.8", limit: 1 << 20)
        let lines = String(decoding: page, as: UTF8.self).split(separator: "\n")
        let start = try #require(lines.firstIndex(of: ".Sh TROUBLE WITH A RELAY"))
        let chapter = lines[(start + 1)...].prefix { !$0.hasPrefix(".Sh ") }
        #expect(
            chapter.filter { $0.hasPrefix(".It ") }.map(String.init)
                == RelayTrouble.allCases.map { ".It \($0.headline) Pq \($0.exitCode)" })
    }

    @Test(arguments: [
        (EnhancedStatusCode(4, 4, 4), "name not found: no"),
        (EnhancedStatusCode(4, 4, 3), "no answer from the name server: no; see /etc/resolv.conf"),
    ])
    func names(code: EnhancedStatusCode, text: String) {
        let failure = DeliveryFailure(.transient, .relay, .resolve, enhanced: code, "no")
        #expect(RelayAdvice.text(for: failure).hasPrefix(text))
    }
}
