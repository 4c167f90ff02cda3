// The opening alone: replies in, steps out, in tables.
import MailCore
import TLS
import Testing

@testable import SMTPClient

@Suite struct SessionOpeningTests {
    /// What goes to and fro, as a person reads it: `<` the relay's reply, `>` what the machine wants done.
    struct Case: CustomTestStringConvertible {
        let name: String
        var endpoint = Endpoint.host("mx", port: 25)
        var security = Security.plain
        var authentication = Authentication.none
        var dialect = Dialect.smtp
        let dialogue: [String]

        var testDescription: String { name }
    }

    static let tls = TLSSettings()
    static let login = Login(user: "tim", account: "work")

    static let cases = [
        Case(
            name: "plain",
            dialogue: ["> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250 mx", "> ready"]),
        Case(
            name: "LMTP",
            dialect: .lmtp,
            dialogue: ["> await greeting", "< 220 hi", "> LHLO me.example.org", "< 250 mx", "> ready"]),
        Case(
            name: "HELO",
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 500 what",
                "> HELO me.example.org",
                "< 250 old", "> ready",
            ]),
        Case(
            name: "HELO refused too",
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 502 what",
                "> HELO me.example.org",
                "< 502 what", "> fail EHLO",
            ]),
        Case(
            name: "EHLO refused for now is not HELO's turn",
            dialogue: ["> await greeting", "< 220 hi", "> EHLO me.example.org", "< 451 busy", "> fail EHLO"]),
        Case(name: "no greeting", dialogue: ["> await greeting", "< 354 go", "> fail greeting"]),
        Case(
            name: "STARTTLS, and EHLO again",
            security: .startTLS(tls, name: "mx"),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 STARTTLS",
                "> STARTTLS",
                "< 220 go", "> secure", "< secured", "> EHLO me.example.org", "< 250 mx", "> ready",
            ]),
        Case(
            name: "AUTH offered before TLS only counts for nothing",
            security: .startTLS(tls, name: "mx"), authentication: .mechanism("PLAIN", login),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org",
                "< 250-mx|250-AUTH PLAIN|250 STARTTLS", "> STARTTLS", "< 220 go", "> secure", "< secured",
                "> EHLO me.example.org", "< 250 mx", "> fail AUTH",
            ]),
        Case(
            name: "TLS after HELO is not to be had",
            security: .startTLS(tls, name: "mx"),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 502 what",
                "> HELO me.example.org",
                "< 250 old", "> fail STARTTLS",
            ]),
        Case(
            name: "opportunistic TLS where it is offered",
            security: .opportunistic(tls, name: "mx"),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 STARTTLS",
                "> STARTTLS", "< 220 go", "> secure", "< secured", "> EHLO me.example.org", "< 250 mx",
                "> ready",
            ]),
        Case(
            name: "opportunistic TLS where it is not",
            security: .opportunistic(tls, name: "mx"),
            dialogue: ["> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250 mx", "> ready"]),
        Case(
            name: "opportunistic TLS where it is refused",
            security: .opportunistic(tls, name: "mx"),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 STARTTLS",
                "> STARTTLS", "< 454 no", "> ready",
            ]),
        Case(
            name: "opportunistic TLS and a relay that leaves",
            security: .opportunistic(tls, name: "mx"),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 STARTTLS",
                "> STARTTLS", "< 421 bye", "> fail STARTTLS",
            ]),
        Case(
            name: "opportunistic TLS protects no password",
            security: .opportunistic(tls, name: "mx"), authentication: .strongest(login),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 STARTTLS",
                "> STARTTLS", "< 220 go", "> secure", "< secured", "> EHLO me.example.org",
                "< 250-mx|250 AUTH PLAIN LOGIN", "> fail AUTH",
            ]),
        Case(
            name: "implicit TLS",
            security: .implicit(tls, name: "mx"), authentication: .strongest(login),
            dialogue: [
                "> secure", "< secured", "> await greeting", "< 220 hi", "> EHLO me.example.org",
                "< 250-mx|250 AUTH CRAM-MD5 PLAIN", "> begin PLAIN", "< response", "> AUTH PLAIN ***",
                "< 235 yes", "> ready",
            ]),
        Case(
            name: "a long first response waits for an empty challenge",
            authentication: .mechanism("PLAIN", login),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 AUTH PLAIN",
                "> begin PLAIN", "< long response", "> AUTH PLAIN", "< 334 ", "> ***", "< 235 yes", "> ready",
            ]),
        Case(
            name: "a challenge is answered, and one that is refused is cancelled",
            authentication: .mechanism("cram-md5", login),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 AUTH CRAM-MD5",
                "> begin CRAM-MD5", "< no response", "> AUTH CRAM-MD5", "< 334 YWJj", "> answer abc",
                "< refuse", "> *", "< 501 cancelled", "> fail AUTH",
            ]),
        Case(
            name: "success that comes after a cancellation is none",
            authentication: .mechanism("CRAM-MD5", login),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 AUTH CRAM-MD5",
                "> begin CRAM-MD5", "< no response", "> AUTH CRAM-MD5", "< 334 %%%", "> *", "< 235 yes",
                "> fail AUTH",
            ]),
        Case(
            name: "auth on chooses nothing without TLS",
            authentication: .strongest(login),
            dialogue: [
                "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 AUTH PLAIN",
                "> fail AUTH",
            ]),
    ]

    /// Whether `auth on` may choose PLAIN without TLS: only where the way does not leave this machine.
    @Test(arguments: [
        (Endpoint.unix(path: "/run/relay"), true), (.host("localhost", port: 25), true),
        (.host("LocalHost", port: 587), true), (.host("127.0.0.1", port: 25), true),
        (.host("127.8.9.10", port: 25), true), (.host("::1", port: 25), true),
        (.host("127.example.org", port: 25), false), (.host("localhost.example.org", port: 25), false),
        (.host("192.0.2.127", port: 25), false), (.host("::", port: 25), false),
    ])
    func choosesWithoutTLSOnThisMachineOnly(endpoint: Endpoint, isLocal: Bool) throws {
        try opens(
            Case(
                name: "\(endpoint)", endpoint: endpoint, authentication: .strongest(Self.login),
                dialogue: [
                    "> await greeting", "< 220 hi", "> EHLO me.example.org", "< 250-mx|250 AUTH LOGIN PLAIN",
                    isLocal ? "> begin PLAIN" : "> fail AUTH",
                ]))
    }

    @Test("each reply leads to the right step", arguments: cases)
    func opens(_ example: Case) throws {
        let route = Route(
            to: example.endpoint, dialect: example.dialect, security: example.security,
            authentication: example.authentication, helloName: "me.example.org")
        var opening = SessionOpening(route)
        var step = opening.start()
        var seen: [String] = []
        for line in example.dialogue {
            if line.hasPrefix("> ") {
                seen.append("> \(describe(step))")
            } else {
                seen.append(line)
                step = try take(String(line.dropFirst(2)), &opening)
            }
        }
        #expect(seen == example.dialogue)
    }

    private func take(_ event: String, _ opening: inout SessionOpening) throws -> SessionOpening.Step {
        let long = [UInt8](repeating: 65, count: 10_000)
        switch event {
        case "secured": return opening.secured()
        case "response": return opening.authenticate("PLAIN", initialResponse: [1, 2], isComplete: true)
        case "long response": return opening.authenticate("PLAIN", initialResponse: long, isComplete: true)
        case "no response":
            return opening.authenticate("CRAM-MD5", initialResponse: nil, isComplete: false)
        case "refuse": return opening.cancel("it is forged")
        default:
            var parser = ReplyParser()
            let text = event.replacing("|", with: "\r\n") + "\r\n"
            parser.append(Array(text.utf8).span)
            return opening.receive(try #require(try parser.next()))
        }
    }

    private func describe(_ step: SessionOpening.Step) -> String {
        switch step {
        case .await(let phase): "await \(phase.rawValue)"
        case .send(let command): command.shown
        case .secure: "secure"
        case .begin(let mechanism, _): "begin \(mechanism)"
        case .answer(let challenge): "answer \(String(decoding: challenge, as: UTF8.self))"
        case .ready: "ready"
        case .fail(let failure): "fail \(failure.phase.rawValue)"
        }
    }
}
