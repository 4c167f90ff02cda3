// shim → smarthostd → Postfix → Dovecot: each port, each security, each way to log in.

import Testing

extension RealServers {
    @Suite struct RelayTests {
        struct Way: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let account: @Sendable () -> String
            /// What Postfix writes into its Received field.
            let received: [String]
        }

        static let ways: [Way] =
            ["plain", "login", "cram-md5"].map { mechanism in
                Way(
                    testDescription: "587 with STARTTLS, AUTH \(mechanism)",
                    account: { Account.submission(auth: mechanism) },
                    received: ["with ESMTPSA", "using TLSv1.3", "(Authenticated sender: alice@example.test)"])
            } + [
                Way(
                    testDescription: "465 with TLS, the mechanism left open",
                    account: { Account.submissions() },
                    received: ["with ESMTPSA", "using TLSv1.3", "(Authenticated sender: alice@example.test)"]),
                Way(
                    testDescription: "25 in clear", account: { Account.mailcatcher },
                    received: ["with ESMTP id"]),
            ]

        @Test(arguments: ways)
        func everyWay(_ way: Way) async throws {
            let box = Mailbox(1)
            let smarthost = try await Smarthost(way.account())
            let subject = way.testDescription
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: subject)
            #expect(try await smarthost.sendmail("-t", "-i", message: written) == .silentSuccess)
            let stored = try await box.message(subject)
            #expect(stored.differences(from: written) == [])
            #expect(stored.values("Return-Path") == ["<alice@example.test>"])
            let trace = try #require(stored.values("Received").first { $0.contains("(Postfix)") })
            for part in way.received { #expect(trace.contains(part)) }
            #expect(try await smarthost.mailq() == "Mail queue is empty\n")
        }

        /// The second message goes over the session that the first one opened.
        @Test func oneSessionForTwoMessages() async throws {
            let box = Mailbox(2)
            let smarthost = try await Smarthost(Account.submission(), daemonKeys: "delivery direct")
            for subject in ["first", "second"] {
                let written = SampleMessage.plain.written(
                    from: "alice@example.test", to: box.address, subject: subject)
                #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            }
            let stored = try await box.message("second")
            let trace = try #require(stored.values("Received").first { $0.contains("(Postfix)") })
            let identifier = try #require(trace.firstMatch(of: /ESMTPSA id ([0-9A-F]+)/)).output.1
            try await smarthost.end()
            let session = try await eventually("the session's end in Postfix's log") {
                try Self.end(ofSessionWith: String(identifier))
            }
            #expect(
                session.contains("starttls=1") && session.contains("auth=1") && session.contains("mail=2"))
            // Each in one write with its envelope.
            #expect(session.contains("bdat=2"))
        }

        /// What Postfix logs when the session ends in which it took this message.
        private static func end(ofSessionWith identifier: String) throws -> String? {
            let log = String(decoding: try readFile("\(Laboratory.root)/var/log/postfix.log"), as: UTF8.self)
            let lines = log.split(separator: "\n").drop { !$0.contains(": \(identifier): client=") }
            guard let process = lines.first?.firstMatch(of: /smtpd\[[0-9]+\]/)?.output else { return nil }
            return lines.first { $0.contains(process) && $0.contains(": disconnect from") }.map { String($0) }
        }
    }
}
