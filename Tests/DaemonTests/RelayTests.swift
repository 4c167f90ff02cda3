// The whole way with the built programs: shim, daemon, relay. What arrives is what was sent, signed.
import Glibc
import MailCore
import TestSupport
import Testing

@Suite(.serialized) struct RelayTests {
    enum Kind: CaseIterable { case smtp, lmtp, lmtpOverUnixSocket }

    private func relay(_ kind: Kind, in folder: TemporaryFolder) throws -> ScriptedRelay {
        try ScriptedRelay(
            lmtp: kind != .smtp, path: kind == .lmtpOverUnixSocket ? folder.file("lmtp.sock") : nil)
    }

    @Test(arguments: Kind.allCases) func arrivesSignedAndUnchanged(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let relay = try relay(kind, in: folder)
        let daemon = try Daemon(account(relay) + signing(in: folder), in: folder)
        let outcome = try daemon.sendmail(["-ti", "-fann@example.org", "carl@example.com"], letter)
        #expect(outcome == ProgramOutcome(exitCode: 0))
        try daemon.waitForEmptyQueue()
        let message = try #require(relay.received.first)
        #expect(message.reversePath == "ann@example.org")
        #expect(message.recipients == ["carl@example.com", "bob@example.net"])
        #expect(try SigningIdentity.shared.get().signs(message.content, domain: "example.org"))
        let (header, body) = splitMessage(message.content)
        #expect(String(decoding: body, as: UTF8.self) == "Dear Bob,\r\n.\r\n..two\r\nyours\r\n")
        let names = header.fields.map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names == ["DKIM-Signature", "From", "To", "Subject", "Date", "Message-ID"])
        // Two more dots came over the wire than were sent.
        #expect(message.size == message.content.count + 2)
        #expect(try daemon.terminate() == 0)
        #expect(daemon.log.contains("dkim=s1._domainkey.example.org"))
        #expect(relay.received.count == 1)
    }

    @Test(arguments: ["a\r\nb\r\n", "a\nb\n", "a\r\nb\n", "a\nb"]) func lineEndsBecomeCRLFOnce(
        body: String
    ) throws {
        let relay = try ScriptedRelay()
        let daemon = try Daemon(account(relay))
        try daemon.sendmail(["-t", "-odi"], "From: a@example.org\r\nTo: b@example.net\n\n\(body)")
        let content = try #require(relay.received.first).content
        #expect(String(decoding: splitMessage(content).body, as: UTF8.self) == "a\r\nb\r\n")
    }

    /// A recipient who is refused harms nobody else, and stays in the queue until somebody has looked.
    @Test(arguments: Kind.allCases) func oneRecipientRefused(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let relay = try relay(kind, in: folder)
        relay.behaviour.recipientReplies["nobody@example.net"] = "550 5.1.1 no such user"
        relay.behaviour.finalReplies["full@example.net"] = "452 4.2.2 mailbox full"
        let daemon = try Daemon(account(relay), in: folder)
        let recipients = ["ok@example.net", "nobody@example.net", "full@example.net"]
        #expect(try daemon.sendmail(["-i", "-fann@example.org", "--"] + recipients, letter).exitCode == 0)
        try waitUntil("it was tried") { try daemon.queue.contains("no such user") }
        let queue = try daemon.queue
        #expect(queue.contains("<nobody@example.net> REFUSED: "))
        #expect(!queue.contains("ok@example.net"))
        #expect(queue.contains("mailbox full") == (kind != .smtp))
        relay.behaviour = ScriptedRelay.Behaviour()
        #expect(try daemon.sendmail(["-q"]).exitCode == 0)
        if kind != .smtp {
            try waitUntil("the full mailbox has room") { !(try daemon.queue.contains("mailbox full")) }
            #expect(relay.received.map(\.recipients).last == ["full@example.net"])
        }
        #expect(try daemon.queue.contains("REFUSED"))
        #expect(relay.received.flatMap(\.recipients).filter { $0 == "ok@example.net" }.count == 1)
        #expect(try daemon.terminate() == 0)
        let log = daemon.log
        #expect(log.contains("delivered: id=") && log.contains("to=<ok@example.net>"))
        #expect(log.contains("failed: id=") && log.contains("reply=\"550 5.1.1 no such user\""))
    }

    @Test func largeMessageArrivesWhole() throws {
        let folder = try TemporaryFolder()
        let relay = try ScriptedRelay()
        let daemon = try Daemon(account(relay) + signing(in: folder), in: folder)
        let line = String(repeating: "0123456789", count: 7) + "\n"
        let body = String(repeating: line + ".\n", count: 10_000)
        #expect(try daemon.sendmail(["-t"], letter + body).exitCode == 0)
        try daemon.waitForEmptyQueue()
        let content = try #require(relay.received.first).content
        #expect(try SigningIdentity.shared.get().signs(content, domain: "example.org"))
        #expect(
            splitMessage(content).body.filter { $0 != 0x0D }
                == Array("Dear Bob,\n.\n..two\nyours\n\(body)".utf8))
        #expect(daemon.folder.names(in: "spool/bodies").isEmpty)
    }

    struct Direct: Sendable {
        let exitCode: Int32
        let text: String
        var replies: [ScriptedRelay.Step: String] = [:]
        var recipientReplies: [String: String] = [:]
        var arguments = ["-odi", "-t"]
        var isQueued = false
    }

    private static let verdicts = [
        Direct(exitCode: 0, text: ""),
        Direct(
            exitCode: 67, text: "refused the recipient <bob@example.net>: 550 5.1.1 no such user",
            replies: [.recipient: "550 5.1.1 no such user"]),
        Direct(
            exitCode: 65, text: "refused the message: 554 5.6.0 malformed",
            replies: [.endOfData: "554 5.6.0 malformed"]),
        Direct(
            exitCode: 77, text: "refused the sender <ann@example.org>: 550 5.7.1 not yours",
            replies: [.mail: "550 5.7.1 not yours"]),
        Direct(
            exitCode: 69, text: "refused the message: 554 no thanks", replies: [.endOfData: "554 no thanks"]),
        Direct(
            exitCode: 75, text: "451 4.3.0 later (in the queue as ", replies: [.endOfData: "451 4.3.0 later"],
            isQueued: true),
        Direct(
            exitCode: 69, text: "550 5.1.1 no such user; delivered to the other 1",
            recipientReplies: ["eve@example.net": "550 5.1.1 no such user"],
            arguments: ["-odi", "-t", "eve@example.net"]),
    ]

    /// `-odi` and `delivery direct`: the relay's own answer.
    @Test(arguments: verdicts.indices, [true, false]) func direct(index: Int, isConfigured: Bool) throws {
        let expected = Self.verdicts[index]
        let relay = try ScriptedRelay()
        relay.behaviour.replies = expected.replies
        relay.behaviour.recipientReplies = expected.recipientReplies
        let daemon = try Daemon(account(relay), daemon: isConfigured ? "delivery direct" : "")
        let arguments = expected.arguments.filter { !isConfigured || $0 != "-odi" }
        let outcome = try daemon.sendmail(arguments, letter)
        #expect(outcome.exitCode == expected.exitCode)
        #expect(outcome.error.contains(expected.text))
        #expect(outcome.error.filter { $0 == "\n" }.count == (expected.exitCode == 0 ? 0 : 1))
        #expect(try (daemon.queue != "Mail queue is empty\n") == expected.isQueued)
    }

    /// `-odq` queues where the daemon is configured to relay at once.
    @Test func queueOverridesDirect() throws {
        let relay = try ScriptedRelay(listens: false)
        let daemon = try Daemon(account(relay), daemon: "delivery direct")
        #expect(try daemon.sendmail(["-odq", "-t"], letter).exitCode == 0)
        let direct = try daemon.sendmail(["-t"], letter)
        #expect(direct.exitCode == 75)
        #expect(direct.error.contains("refused the connection: nothing listens there"))
        try waitUntil("both were tried") {
            try daemon.queue.components("nothing listens there") == 2
        }
    }
}

extension String {
    /// How often a text occurs.
    func components(_ text: String) -> Int {
        var count = 0
        var rest = Array(utf8)[...]
        let needle = Array(text.utf8)
        while rest.count >= needle.count {
            if rest.starts(with: needle) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }
}
