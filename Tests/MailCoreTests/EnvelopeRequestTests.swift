// The envelope that arguments and header make together.
import MailCore
import Testing

struct EnvelopeRequestTests {
    static let message = header(
        "From: Author <author@a.test>", "To: One <one@b.test>, two@B.test", "Cc: G: three@c.test;",
        "Bcc: four@d.test, one@B.TEST", "Subject: x")
    static let resent = header(
        "Resent-From: again@r.test", "Resent-To: new@r.test", "Resent-Cc: cc@r.test", "Received: by r",
        "Resent-To: old@r.test", "From: author@a.test", "To: one@b.test", "Resent-Bcc: stray@r.test")

    @Test("-t takes To, Cc and Bcc, each address once, arguments first")
    func readsRecipients() throws {
        let envelope = try request("two@b.test,zero@z.test", reads: true).envelope(for: Self.message)
        #expect(
            envelope.recipients.map(\.description) == [
                "two@b.test", "zero@z.test", "one@b.test", "three@c.test", "four@d.test",
            ])
        #expect(envelope.reversePath.description == "author@a.test")
    }

    @Test func takesOnlyArgumentsWithoutT() throws {
        let envelope = try request("x@y.test", reads: false).envelope(for: Self.message)
        #expect(envelope.recipients.map(\.description) == ["x@y.test"])
    }

    @Test("the most recent resent block counts, and only it")
    func readsResentRecipients() throws {
        let envelope = try request(reads: true).envelope(for: Self.resent)
        #expect(envelope.recipients.map(\.description) == ["new@r.test", "cc@r.test"])
        #expect(envelope.reversePath.description == "again@r.test")
    }

    @Test("a resent block without recipients leaves To, Cc and Bcc in force")
    func fallsBackToTo() throws {
        let message = header("Resent-From: again@r.test", "To: one@b.test")
        let envelope = try request(reads: true).envelope(for: message)
        #expect(envelope.recipients.map(\.description) == ["one@b.test"])
    }

    @Test("a field that the block has already begins an older block")
    func endsBlocksAtRepetition() {
        let message = header("Resent-To: a", "Resent-From: b", "Resent-To: c", "To: d")
        #expect(message.resentBlock == 0..<2)
        #expect(header("To: d").resentBlock == nil)
        #expect(header("A: b", "resent-to: a").resentBlock == 1..<2)
    }

    @Test(
        "the reverse-path: -f, the author, the account, the last resort",
        arguments: [
            ("f@x.test", "From: a@b.test", "account@x.test", "f@x.test"),
            ("", "From: a@b.test", "account@x.test", ""), ("<>", "From: a@b.test", nil, ""),
            ("root", "From: not (closed", nil, "root"),
            (nil, "From: a@b.test, c@d.test", "account@x.test", "a@b.test"),
            (nil, "From: Example, Inc. <info@b.test>", "account@x.test", "info@b.test"),
            (nil, "From: root, info@b.test", nil, "info@b.test"), (nil, "From: root, bob", nil, "root"),
            (nil, "From:", "account@x.test", "account@x.test"),
            (nil, "Subject: x", "account@x.test", "account@x.test"),
            (nil, "Subject: x", nil, "user@host.test"),
        ] as [(String?, String, String?, String)])
    func choosesReversePath(sender: String?, from: String, account: String?, expected: String) throws {
        var request = request("x@y.test", reads: false)
        request.sender = sender.map(bytes)
        request.accountSender = try account.map { try ReversePath(parsing: $0.utf8) }
        #expect(try request.envelope(for: header(from)).reversePath.description == expected)
    }

    @Test(
        "what is refused, with its exit code",
        arguments: [
            (["a@b>\r\nRCPT TO:<c@d"], nil, "To: x@y", true, 64, "the recipient argument"),
            (["a@b"], "x@y, z@y", "To: x@y", true, 64, "the sender given with -f has more than one address"),
            ([], nil, "To: John Doe", true, 65, "the To field has words that make no address"),
            ([], nil, "Subject: x", true, 64, "no recipients: the message has none"),
            ([], nil, "To: x@y", false, 64, "no recipients: give them as arguments"),
            ([], nil, "To: a, b, c, d, e, f", true, 65, "the To field has more addresses than allowed"),
            (["a,b,c,d"], nil, "To: e, f", true, 65, "more than 5 recipients"),
            (["a@b"], nil, "From: <", false, 65, "the From field has"),
        ] as [([String], String?, String, Bool, Int32, String)])
    func refuses(
        arguments: [String], sender: String?, field: String, reads: Bool, code: Int32, start: String
    ) {
        var request = request(reads: reads)
        request.recipientArguments = arguments.map(bytes)
        request.sender = sender.map(bytes)
        request.recipientLimit = 5
        let problem = #expect(throws: SubmissionProblem.self) { try request.envelope(for: header(field)) }
        #expect(problem?.kind.exitCode == code)
        #expect(problem?.text.hasPrefix(start) == true)
        #expect(problem?.enhanced.statusClass == 5)
        #expect(problem?.text.contains(where: \.isNewline) == false)
    }

    @Test func completesNames() throws {
        let envelope = try request("root, bob@x.test, root@h.test", reads: false).envelope(for: Self.message)
        let qualified = envelope.qualified(sender: "s.test", recipients: "h.test")
        #expect(qualified.recipients.map(\.description) == ["root@h.test", "bob@x.test"])
        #expect(qualified.reversePath.description == "author@a.test")
        #expect(throws: Never.self) { try qualified.requireDomains() }
        let problem = #expect(throws: SubmissionProblem.self) { try envelope.requireDomains() }
        #expect(problem?.kind.exitCode == 67)
        #expect(problem?.text.hasPrefix("the recipient \"root\" has no domain") == true)
        #expect(ReversePath.null.qualified(with: "x") == .null)
        #expect(try ReversePath(parsing: "root".utf8).qualified(with: "x").description == "root@x")
    }

    private func request(_ arguments: String..., reads: Bool) -> EnvelopeRequest {
        EnvelopeRequest(
            recipientArguments: arguments.map(bytes), readsRecipients: reads,
            fallbackSender: .address(EmailAddress(localPart: "user", domain: "host.test")))
    }
}
