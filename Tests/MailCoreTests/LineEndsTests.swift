// Line ends of all kinds become CRLF, once, however the input is split.
import MailCore
import Testing

struct LineEndsTests {
    static let cases: [(String, String)] = [
        ("", ""), ("a", "a\r\n"), ("a\n", "a\r\n"), ("a\r\n", "a\r\n"),
        ("a\r\r\n", "a\r\n"), ("a\r\r\r\nb", "a\r\nb\r\n"),
        ("a\nb\r\nc\r\r\nd", "a\r\nb\r\nc\r\nd\r\n"),
        ("a\n\nb", "a\r\n\r\nb\r\n"), ("a\r\n\r\nb\nc\n", "a\r\n\r\nb\r\nc\r\n"),
        ("a\r\n\nb\rc\r\rd\r", "a\r\n\r\nb\r\nc\r\n\r\nd\r\n"),
        ("\n", "\r\n"), ("\r\n\r\n", "\r\n\r\n"), ("a\r\0\nb\0c\0", "a\r\nbc\r\n"), ("\0", ""),
        ("a\rb\r\n\r\nc\rd\r\n", "a b\r\n\r\nc\r\nd\r\n"), ("a\r", "a \r\n"), ("\r\n\r", "\r\n\r\n"),
        ("a: b\r\rBcc: c\r\n", "a: b  Bcc: c\r\n"),
        (
            "ninety-nine\tcolumns\twith\ttabs\nand more text\n",
            "ninety-nine\tcolumns\twith\ttabs\r\nand more text\r\n"
        ),
    ]

    @Test("every mix becomes CRLF once, however it is cut", arguments: cases)
    func normalizes(input: String, expected: String) {
        let whole = normalized([bytes(input)])
        for chunks in everySplit(of: bytes(input)) {
            let result = normalized(chunks)
            #expect(text(result.bytes) == expected)
            #expect(result.tally == whole.tally)
        }
        #expect(whole.tally.size == expected.utf8.count)
    }

    @Test("a second time changes nothing", arguments: cases)
    func isIdempotent(input: String, expected: String) {
        let again = normalized([bytes(expected)])
        #expect(text(again.bytes) == expected)
        #expect(again.tally.mended == 0)
    }

    @Test func countsWhatItMends() {
        let tally = normalized([bytes("ab\nc\r\n\r\r\nd\re\0fgh\u{E9}")]).tally
        #expect(tally.bareLF == 1)
        #expect(tally.repeatedCR == 1)
        #expect(tally.bareCR == 1)
        #expect(tally.nul == 1)
        #expect(tally.lacksFinalLineEnd)
        #expect(tally.mended == 5)
        #expect(tally.longestLine == 6)
        #expect(tally.hasEightBit)
        #expect(!normalized([bytes("plain\r\n")]).tally.hasEightBit)
    }

    @Test func takesBareReturnsForLineEndsWhenTold() {
        for chunks in everySplit(of: bytes("To: a\rSubject: b\r\rbody\r")) {
            #expect(text(normalized(chunks, .lineEnd).bytes) == "To: a\r\nSubject: b\r\n\r\nbody\r\n")
        }
    }

    @Test func doesNotHoardReturns() {
        let flood = [UInt8](repeating: 0x0D, count: 1000)
        var lineEnds = LineEnds(bareReturn: .lineEnd)
        var output: [UInt8] = []
        lineEnds.normalize(flood.span, into: &output)
        #expect(output.count >= 2 * (1000 - 64))
        #expect(normalized(flood.map { [$0] }, .lineEnd) == normalized([flood], .lineEnd))
    }

    @Test("no bare CR, LF or NUL is left, and cuts do not matter", arguments: UInt64(1)...40)
    func holdsForRandomBytes(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let chunks = generator.chunks(of: "\r\n\0\t.ab\u{E9}", count: 300)
        let result = normalized(chunks)
        #expect(result == normalized([Array(chunks.joined())]))
        for (index, byte) in result.bytes.enumerated() {
            #expect(byte != 0)
            if byte == 0x0A { #expect(index > 0 && result.bytes[index - 1] == 0x0D) }
            if byte == 0x0D { #expect(index + 1 < result.bytes.count && result.bytes[index + 1] == 0x0A) }
        }
        #expect(result.bytes.isEmpty || result.bytes.suffix(2) == [0x0D, 0x0A])
        #expect(result.tally.size == result.bytes.count)
        let lines = result.bytes.split(separator: 0x0A)
        #expect(result.tally.longestLine == lines.map { $0.count - 1 }.max() ?? 0)
    }
}
