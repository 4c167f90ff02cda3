// What goes wrong with real servers, in the words and the exit code that the caller gets with -odi, and
// in the words that mailq has otherwise.

import Glibc
import Testing

extension RealServers {
    @Suite struct FailureTests {
        struct Trouble: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let account: @Sendable () -> String
            var from = "alice@example.test"
            var to = Mailbox(17).address
            /// Of the message.
            var size = 100
            /// With -odi; 75 means that it is in the queue.
            let exitCode: CInt
            /// In both ways; LAB is the tree's path.
            let words: [String]

            var written: [UInt8] {
                let lines = String(repeating: String(repeating: "x", count: 69) + "\n", count: 1 + size / 70)
                return SampleMessage("", lines).written(from: from, to: to, subject: testDescription)
            }
        }

        static let certificates: [Trouble] = [
            ("expired", ["expired on 20", "its owner must renew it"]),
            ("wrongname", ["not valid for wrongname.example.test, but only for another.example.test"]),
            ("selfsigned", ["signed by itself and not in LAB/pki/ca.pem"]),
            ("untrusted", ["the authority that signed it is not in LAB/pki/ca.pem"]),
        ].flatMap { name, words in
            [
                Trouble(
                    testDescription: "certificate \(name) on 587",
                    account: { Account.submission("\(name).example.test") }, exitCode: 75,
                    words: ["\(name).example.test:587: certificate "] + words),
                Trouble(
                    testDescription: "certificate \(name) on 465",
                    account: { Account.submissions("\(name).example.test") }, exitCode: 75,
                    words: ["\(name).example.test:465: certificate "] + words),
            ]
        }

        static let refusals = [
            Trouble(
                testDescription: "wrong password", account: { Account.submission(more: "password wrong") },
                exitCode: 75,
                words: [
                    "relay.example.test:587 refused user alice@example.test (account default): 535 5.7.8 ",
                    "check user and password of account default",
                ]),
            Trouble(
                testDescription: "unknown recipient", account: { Account.mailcatcher },
                to: "nobody@example.test",
                exitCode: 67,
                words: ["mailcatcher:25 refused the recipient <nobody@example.test>: 550 5.1.1 "]),
            Trouble(
                testDescription: "refused recipient", account: { Account.mailcatcher },
                to: "refused@example.test", exitCode: 77,
                words: [
                    "refused the recipient <refused@example.test>: 550 5.7.1 ",
                    "This recipient takes no mail",
                ]),
            Trouble(
                testDescription: "refused sender", account: { Account.mailcatcher },
                from: "evil@example.test",
                exitCode: 77,
                words: [
                    "refused the sender <evil@example.test>: 554 5.7.1 ", "This sender is not welcome here",
                ]),
            Trouble(
                testDescription: "sender of another login",
                account: { Account.submission(more: "user bob@example.test") }, from: "boss@example.test",
                exitCode: 77,
                words: [
                    "refused the sender <boss@example.test>: 553 5.7.1 ",
                    "not owned by user bob@example.test",
                ]),
            Trouble(
                testDescription: "too large", account: { Account.mailcatcher }, size: 5_300_000, exitCode: 65,
                words: [
                    "the message has 53", "mailcatcher:25 takes at most 5242880; send less, or a link to it",
                ]),
            Trouble(
                testDescription: "greylisted", account: { Account.mailcatcher },
                to: "greylisted@example.test",
                exitCode: 75, words: ["<greylisted@example.test>: 450 4.7.1 ", "Greylisted, come back later"]),
            Trouble(
                testDescription: "busy", account: { Account.mailcatcher }, to: "busy@example.test",
                exitCode: 75,
                words: ["<busy@example.test>: 452 4.2.2 ", "This mailbox is full just now"]),
            Trouble(
                testDescription: "nobody listens", account: { Account.submission(port: 2) }, exitCode: 75,
                words: ["relay.example.test:2 ", "refused the connection: nothing listens there"]),
        ]

        @Test(arguments: certificates + refusals)
        func direct(_ trouble: Trouble) async throws {
            let smarthost = try await Smarthost(trouble.account())
            let outcome = try await smarthost.sendmail("-t", "-odi", message: trouble.written)
            #expect(outcome.exitCode == trouble.exitCode)
            #expect(outcome.output.isEmpty)
            #expect(outcome.error.hasPrefix("sendmail: <\(trouble.to)>: "))
            #expect(outcome.error.dropLast().allSatisfy { $0 != "\n" } && outcome.error.hasSuffix("\n"))
            for words in trouble.words {
                #expect(outcome.error.contains(words.replacing("LAB", with: Laboratory.root)))
            }
            let isQueued = trouble.exitCode == 75
            #expect(outcome.error.contains("(in the queue as ") == isQueued)
            #expect(try await smarthost.mailq().contains("Mail queue is empty") != isQueued)
        }

        @Test(arguments: certificates + refusals)
        func queued(_ trouble: Trouble) async throws {
            let smarthost = try await Smarthost(trouble.account())
            #expect(try await smarthost.sendmail("-t", message: trouble.written) == .silentSuccess)
            try await smarthost.queueSays(trouble.words[0].replacing("LAB", with: Laboratory.root))
            let queue = try await smarthost.mailq()
            for words in trouble.words {
                #expect(queue.contains(words.replacing("LAB", with: Laboratory.root)))
            }
            #expect(queue.contains("<\(trouble.to)> REFUSED") == (trouble.exitCode != 75))
            #expect(queue.contains("next attempt at ") == (trouble.exitCode == 75))
        }

        /// SIZE (RFC 1870) is heeded: the relay sees nothing of the message.
        @Test func tooLargeIsKnownBeforeDATA() async throws {
            let trouble = try #require(Self.refusals.first { $0.testDescription == "too large" })
            let smarthost = try await Smarthost(trouble.account())
            #expect(try await smarthost.sendmail("-t", "-odi", message: trouble.written).exitCode == 65)
            try await smarthost.end()
            let log = String(decoding: try readFile(smarthost.log), as: UTF8.self)
            #expect(log.contains(#" phase="MAIL FROM" reason="the message has "#))
        }

        /// The relay is away: the mail waits, and goes when it is told that the relay is back.
        @Test func relayComesBack() async throws {
            let box = Mailbox(18)
            let port = 2587
            let smarthost = try await Smarthost(Account.submission(port: port))
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: "waited")
            #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            try await smarthost.queueSays("refused the connection: nothing listens there")
            let relay = try Program([
                "socat", "TCP-LISTEN:\(port),bind=127.0.0.1,fork,reuseaddr", "TCP:127.0.0.1:587",
            ])
            defer { kill(relay.process, SIGTERM) }
            _ = try await eventually("the message") {
                try await smarthost.flush()
                return box.find("waited")
            }
            #expect(try await box.message("waited").differences(from: written) == [])
            _ = try await eventually("an empty queue") {
                try await smarthost.mailq() == "Mail queue is empty\n" ? true : nil
            }
            #expect(box.files.count == 1)
        }
    }
}
