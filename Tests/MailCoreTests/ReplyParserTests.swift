// Replies good, odd and hostile, at every split.
import MailCore
import Testing

struct ReplyParserTests {
    static let cases: [(String, [String])] = [
        ("250 OK\r\n", ["250 OK"]), ("250\r\n", ["250 "]), ("250 \r\n", ["250 "]), ("250 OK\n", ["250 OK"]),
        ("250-a\r\n250 b\r\n220 c\r\n", ["250 a b", "220 c"]), ("250-\r\n250\r\n", ["250 "]),
        ("550 5.1.1 No such user\r\n", ["550 5.1.1 No such user"]),
        ("550-5.1.1 No such\r\n550 5.1.1 user\r\n", ["550 5.1.1 No such user"]),
        ("550-5.1.1 No such\r\n550 user\r\n", ["550 5.1.1 No such user"]),
        ("250 2.0.0\r\n", ["250 2.0.0 "]), ("354 2.0.0 go\r\n", ["354 2.0.0 go"]),
        ("421 4.3.2 a\u{1}b\u{1B}[2J\tc\r\n", ["421 4.3.2 a\u{FFFD}b\u{FFFD}[2J c"]),
        ("554 caf\u{E9}\r\n", ["554 caf\u{E9}"]), ("250 half", []), ("250-one\r\n", []),
    ]

    @Test("replies are whole and the same, however they are cut", arguments: cases)
    func parses(input: String, expected: [String]) throws {
        for chunks in everySplit(of: bytes(input)) {
            #expect(try replies(chunks).map(\.reply.description) == expected)
        }
    }

    @Test(
        "what is no reply is an error",
        arguments: [
            ("25 OK\r\n", ReplyProblem.Kind.notAReply), ("\r\n", .notAReply), ("OK\r\n", .notAReply),
            ("250_OK\r\n", .notAReply), ("2500 OK\r\n", .notAReply), ("100 x\r\n", .notAReply),
            ("600 x\r\n", .notAReply), ("250-a\r\n251 b\r\n", .codesDiffer),
            ("250-a\r\nb\r\n", .notAReply), ("HTTP/1.1 400 Bad Request\r\n", .notAReply),
        ])
    func refuses(input: String, kind: ReplyProblem.Kind) {
        for chunks in everySplit(of: bytes(input)) {
            let problem = #expect(throws: ReplyProblem.self) { try replies(chunks) }
            #expect(problem?.kind == kind)
        }
    }

    @Test func boundsLinesAndReplies() {
        let limits = ReplyParser.Limits(line: 100, reply: 300)
        let long = #expect(throws: ReplyProblem.self) {
            try replies([[UInt8](repeating: 0x32, count: 101)], limits)
        }
        #expect(long?.kind == .lineTooLong)
        let endless = Array(repeating: bytes("250-more\r\n"), count: 40)
        let problem = #expect(throws: ReplyProblem.self) { try replies(endless, limits) }
        #expect(problem?.kind == .tooLong)
    }

    @Test func keepsTheLinesOfEHLO() throws {
        let reply = try #require(
            try replies([bytes("250-mx.example greets you\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 DSN\r\n")])
                .first)
        #expect(reply.lines == ["mx.example greets you", "SIZE 1000", "8BITMIME", "DSN"])
        #expect(reply.reply.enhanced == nil)
    }

    @Test("an enhanced code that contradicts the reply code is text")
    func dropsContradictingCodes() throws {
        let reply = try #require(try replies([bytes("550 2.1.5 odd\r\n")]).first).reply
        #expect(reply.enhanced == nil)
        #expect(reply.text == "2.1.5 odd")
    }

    @Test("a long text is shortened, and the lines are whole") func shortensTexts() throws {
        let line = "550-5.1.1 " + String(repeating: "no such user; ", count: 50) + "\r\n"
        let input = String(repeating: line, count: 3) + "550 5.1.1 end\r\n"
        let reply = try #require(try replies([bytes(input)]).first)
        #expect(reply.reply.text.count == 1_000 + " (shortened)".count)
        #expect(reply.reply.text.hasSuffix(" (shortened)"))
        #expect(reply.lines.last == "5.1.1 end")
        let exact = String(repeating: "x", count: 1_000)
        #expect(try replies([bytes("550 \(exact)\r\n")]).first?.reply.text == exact)
    }

    @Test func readsAnyNumberOfReplies() throws {
        let many = Array(repeating: bytes("250-a\r\n250 b\r\n"), count: 5000)
        #expect(try replies([Array(many.joined())]).count == 5000)
        #expect(try replies(many).allSatisfy { $0.lines == ["a", "b"] })
    }

    @Test func knowsWhatIsLeft() throws {
        var parser = ReplyParser()
        parser.append(bytes("220 go ahead\r\n250 injected").span)
        #expect(try parser.next()?.reply.code == 220)
        #expect(!parser.isEmpty)
        var partial = ReplyParser()
        partial.append(bytes("250-a\r\n").span)
        #expect(try partial.next() == nil)
        #expect(!partial.isEmpty)
        #expect(ReplyParser().isEmpty)
    }

    @Test(
        "enhanced codes",
        arguments: [
            ("2.0.0", true), ("5.7.123", true), ("3.0.0", false), ("5.1", false), ("5.1.1.1", false),
            ("5..1", false), ("5.1234.1", false), ("5.a.1", false), ("55.1.1", false), ("", false),
        ])
    func readsEnhancedCodes(text: String, isCode: Bool) {
        #expect(EnhancedStatusCode(text)?.description == (isCode ? text : nil))
    }

    private func replies(
        _ chunks: [[UInt8]], _ limits: ReplyParser.Limits = .init()
    ) throws(ReplyProblem) -> [ServerReply] {
        var parser = ReplyParser(limits: limits)
        var replies: [ServerReply] = []
        for chunk in chunks {
            parser.append(chunk.span)
            while let reply = try parser.next() { replies.append(reply) }
        }
        return replies
    }
}
