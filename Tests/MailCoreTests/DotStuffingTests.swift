// Dot-stuffing at every edge of a chunk (RFC 5321 4.5.2).
import MailCore
import Testing

struct DotStuffingTests {
    static let cases: [(String, String)] = [
        ("", ".\r\n"), ("a\r\n", "a\r\n.\r\n"), ("a", "a\r\n.\r\n"), ("a\r", "a\r\n.\r\n"),
        (".", "..\r\n.\r\n"), (".\r\n", "..\r\n.\r\n"), ("..\r\n", "...\r\n.\r\n"),
        ("a.\r\n.b\r\n", "a.\r\n..b\r\n.\r\n"), ("\r\n.\r\n", "\r\n..\r\n.\r\n"),
        ("a\r\n.\r\nMAIL FROM:<x@y>\r\n", "a\r\n..\r\nMAIL FROM:<x@y>\r\n.\r\n"),
        ("a\n.\r\n", "a\n..\r\n.\r\n"),
        ("long text without dots here\r\n.start", "long text without dots here\r\n..start\r\n.\r\n"),
    ]

    @Test("dots are doubled at the beginning of lines, wherever the chunks end", arguments: cases)
    func stuffs(input: String, expected: String) {
        for chunks in everySplit(of: bytes(input)) { #expect(text(stuffed(chunks)) == expected) }
    }

    @Test("a server's reading gives the message back", arguments: UInt64(1)...40)
    func isUndoneByAServer(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let message = normalized(generator.chunks(of: "..ab\n\n", count: 200)).bytes
        let wire = stuffed([message])
        #expect(text(wire.suffix(3)) == ".\r\n")
        var lines = text(wire).split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.firstIndex(of: ".") == lines.count - 2)
        lines.removeLast(2)
        let received = lines.map { ($0.hasPrefix(".") ? $0.dropFirst() : $0) + "\r\n" }.joined()
        #expect(received == text(message))
    }

    private func stuffed(_ chunks: [[UInt8]]) -> [UInt8] {
        var stuffing = DotStuffing()
        var output: [UInt8] = []
        for chunk in chunks { stuffing.stuff(chunk.span, into: &output) }
        stuffing.finish(into: &output)
        return output
    }
}
