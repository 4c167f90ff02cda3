// Bytes that may not go on the wire are found wherever the chunks end.
import Testing

@testable import MailCore

struct WireBytesTests {
    static let cases: [(String, StrayByte?)] = [
        ("", nil), ("no end", nil), ("a\r\nb\r\n", nil), ("\r\n\r\n.\r\n", nil),
        ("caf\u{E9} \u{1}\t\r\n", nil),
        ("a\nb\r\n", StrayByte(kind: .bareFeed, offset: 1)), ("\n", StrayByte(kind: .bareFeed, offset: 0)),
        ("a\rb\r\n", StrayByte(kind: .bareReturn, offset: 1)),
        ("\r", StrayByte(kind: .bareReturn, offset: 0)),
        ("a\r\r\n", StrayByte(kind: .bareReturn, offset: 1)),
        ("a\r\n\r", StrayByte(kind: .bareReturn, offset: 3)),
        ("a\r\n\n", StrayByte(kind: .bareFeed, offset: 3)),
        ("a\r\0\n", StrayByte(kind: .bareReturn, offset: 1)),
        ("twelve bytes\0and more\r\n", StrayByte(kind: .null, offset: 12)),
        ("a line that is longer\r\n.\nMAIL FROM:<>\r\n", StrayByte(kind: .bareFeed, offset: 24)),
    ]

    @Test("stray bytes are found, however the content is cut", arguments: cases)
    func finds(input: String, expected: StrayByte?) {
        for chunks in everySplit(of: bytes(input)) { #expect(firstStray(chunks) == expected) }
    }

    @Test("what LineEnds has put right is right", arguments: UInt64(1)...40)
    func agreesWithLineEnds(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        #expect(firstStray([normalized(generator.chunks(of: "ab\r\n\0", count: 200)).bytes]) == nil)
    }

    private func firstStray(_ chunks: [[UInt8]]) -> StrayByte? {
        var check = WireBytes()
        do throws(StrayByte) {
            for chunk in chunks { try check.check(chunk.span) }
            try check.finish()
            return nil
        } catch {
            return error
        }
    }
}
