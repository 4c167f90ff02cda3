// Where the header ends, whatever stands in its place.
import MailCore
import Testing

struct MessageReaderTests {
    static let cases: [(message: String, fields: [String], body: String)] = [
        ("", [], ""),
        ("A: b\r\n\r\nbody\r\n", ["A: b"], "body\r\n"),
        ("A: b\r\nC: d\r\n", ["A: b", "C: d"], ""),
        ("A: b", ["A: b"], ""),
        ("A: b\r\n c\r\n\td\r\nE:\r\n\r\n", ["A: b\r\n c\r\n\td", "E:"], ""),
        ("A: b\r\n \r\nC: d\r\n\r\nx", ["A: b\r\n ", "C: d"], "x"),
        ("A : b\r\n\r\nx", ["A : b"], "x"),
        ("From me@here Sat Nov 21\r\n>From you@there\r\nA: b\r\n\r\nx", ["A: b"], "x"),
        ("From : me@here\r\n\r\nx", ["From : me@here"], "x"),
        ("A: b\r\nFrom me\r\n\r\nx", ["A: b"], "From me\r\n\r\nx"),
        ("A: b\r\nno field\r\nC: d\r\n\r\n", ["A: b"], "no field\r\nC: d\r\n\r\n"),
        ("just text\r\nand more: text\r\n", [], "just text\r\nand more: text\r\n"),
        ("\r\nTo: nobody\r\n", [], "To: nobody\r\n"),
        (" folded\r\nA: b\r\n", [], " folded\r\nA: b\r\n"),
        (": no name\r\n\r\n", [], ": no name\r\n\r\n"),
        ("A: b\r\n\r\n\r\n.\r\n", ["A: b"], "\r\n.\r\n"),
        ("N\u{E4}me: b\r\n\r\n", [], "N\u{E4}me: b\r\n\r\n"),
    ]

    @Test("header and body part at the same place, however they are cut", arguments: cases)
    func splits(message: String, fields: [String], body: String) throws {
        for chunks in everySplit(of: bytes(message)) {
            let result = try split(chunks)
            #expect(result.header.fields.map { text($0.bytes) } == fields)
            #expect(text(result.body) == body)
        }
    }

    @Test func boundsTheHeader() throws {
        let long = bytes("A: " + String(repeating: "x", count: 2000) + "\r\n\r\nbody")
        for chunks in everySplit(of: long) {
            #expect(throws: SubmissionProblem.self) { try split(chunks, limit: 1999) }
            #expect(text(try split(chunks, limit: 2005).body) == "body")
        }
        let many = bytes(String(repeating: "A: b\r\n", count: 500))
        for chunks in everySplit(of: many) {
            #expect(throws: SubmissionProblem.self) { try split(chunks, limit: 2000) }
        }
    }

    @Test("a first line of any length that is no field is body, not an endless header")
    func takesLongTextForBody() throws {
        for line in [
            String(repeating: "x", count: 5000), "two words " + String(repeating: "x:", count: 2000),
        ] {
            for chunks in everySplit(of: bytes(line)) {
                let result = try split(chunks, limit: 1500)
                #expect(result.header.fields.isEmpty)
                #expect(text(result.body) == line)
            }
        }
    }

    @Test("what is split can be put together again", arguments: UInt64(1)...40)
    func losesNothing(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let message = normalized(generator.chunks(of: "ab: \t\n\n", count: 200)).bytes
        let result = try split([message])
        let whole = result.header.serialized + result.body
        let expected = text(message)
        #expect(
            text(whole) == expected || text(result.header.serialized) + "\r\n" + text(result.body) == expected
        )
        var reader = MessageReader()
        var body: [UInt8] = []
        for byte in message { try reader.read([byte].span, body: &body) }
        try reader.finish(body: &body)
        #expect(reader.header == result.header)
        #expect(body == result.body)
    }
}
