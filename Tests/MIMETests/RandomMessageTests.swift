// Messages made at random, well-formed and not: whatever they are, every split gives the same, and what
// comes out travels and says what was said.

import MIME
import MailCore
import Testing

struct RandomMessageTests {
    @Test("well-formed trees of parts", arguments: 0..<120)
    func trees(seed: Int) {
        var maker = MessageMaker(seed: UInt64(seed))
        let message = maker.message()
        for limits in [sevenBit, eightBit, TransportLimits(allows8Bit: false, maximumLine: 200)] {
            expectFaithful(message, for: limits)
            #expect(
                convert(message, for: limits, chunks: maker.cut(message.body)).result
                    == convert(message, for: limits).result)
        }
        if case .refused(let reason) = convert(message, for: sevenBit).result {
            Issue.record("nothing here has to be refused: \(reason)")
        }
    }

    @Test("lines at random", arguments: 0..<300)
    func rubbish(seed: Int) {
        var maker = MessageMaker(seed: UInt64(seed))
        let message = Message(
            header: header("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"),
            body: maker.rubbish())
        for limits in [sevenBit, eightBit] {
            let (whole, size) = convert(message, for: limits)
            #expect(convert(message, for: limits, chunks: maker.cut(message.body)).result == whole)
            guard case .encoded(let result) = whole else { continue }
            #expect(result.body.count == size)
            #expect(limits.allows8Bit || result.body.allSatisfy { $0 < 128 })
            #expect(SimpleReader.split(result.body).allSatisfy { $0.count <= 998 })
            #expect(convert(result, for: limits).result == .fits)
        }
    }

    @Test func mostOfThemAreEncoded() {
        var maker = MessageMaker(seed: 7)
        let encoded = (0..<300).count { _ in
            let message = Message(
                header: header("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"),
                body: maker.rubbish())
            if case .encoded = convert(message, for: sevenBit).result { return true }
            return false
        }
        #expect(encoded > 30, "\(encoded)")
    }
}

/// Writes messages.
struct MessageMaker {
    private var random: SeededGenerator
    private var boundaries = 0

    init(seed: UInt64) {
        random = SeededGenerator(state: seed &* 7919 &+ 17)
        for _ in 0..<4 { _ = random.next() }
    }

    mutating func message() -> Message {
        let (fields, body) = entity(depth: 0)
        return Message(
            header: MessageHeader(
                fields: (["Subject: x", "MIME-Version: 1.0"] + fields).compactMap {
                    HeaderField(bytes: $0.utf8)
                }),
            body: body)
    }

    mutating func cut(_ body: [UInt8]) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var rest = body[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...40, using: &random)
            chunks.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return chunks
    }

    private mutating func entity(depth: Int) -> ([String], [UInt8]) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4 where depth < 4: return multipart(depth: depth)
        case 4 where depth < 4:
            let (fields, body) = entity(depth: depth + 1)
            let inner = ["Subject: inner", "MIME-Version: 1.0"] + fields
            let content = bytes(inner.joined(separator: "\r\n") + "\r\n\r\n") + body
            return (["Content-Type: message/rfc822"] + label(), content)
        case 5: return (["Content-Type: application/octet-stream"] + label(), content())
        default: return (["Content-Type: text/plain; charset=utf-8"] + label(), content())
        }
    }

    private mutating func multipart(depth: Int) -> ([String], [UInt8]) {
        boundaries += 1
        // Each is the beginning of the next.
        let boundary = String(repeating: "=b", count: boundaries)
        var body = Bool.random(using: &random) ? bytes("preamble\r\n") : []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let (fields, content) = entity(depth: depth + 1)
            body += bytes("--\(boundary)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n")
            body += content + bytes("\r\n")
        }
        body += bytes("--\(boundary)--\r\n")
        return (["Content-Type: multipart/mixed; boundary=\"\(boundary)\""] + label(), body)
    }

    private mutating func label() -> [String] {
        [[], ["Content-Transfer-Encoding: 8bit"], ["content-transfer-encoding:binary"]].randomElement(
            using: &random)
            ?? []
    }

    private mutating func content() -> [UInt8] {
        let words = ["plain ", "From ", ".", "--", "=", "ä", "\t", " ", "\r\n", "\r\n", "日本", "--=b", "long"]
        var result: [UInt8] = []
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            let word = bytes(words.randomElement(using: &random) ?? "")
            let isLong = Int.random(in: 0..<30, using: &random) == 0
            result += isLong && word != bytes("\r\n") ? Array(repeatElement(word, count: 300).joined()) : word
        }
        // A delimiter must not stand in the content.
        let lines = SimpleReader.split(result).map { text($0).hasPrefix("--=b") ? bytes("x") + $0 : $0 }
        return Array(lines.joined(separator: bytes("\r\n")))
    }

    /// Lines that mean something, in an order that means nothing.
    mutating func rubbish() -> [UInt8] {
        let lines = [
            "--b", "--b--", "--c", "--c--", "--b ", "--bb", "", "", "ä text", "text", "-", "--",
            "Content-Type: multipart/mixed; boundary=c", "Content-Type: message/rfc822",
            "Content-Type: text/plain", "Content-Type: multipart/mixed; boundary=\"\"",
            "Content-Type: multipart/digest; boundary=\"b--\"", "Content-Type", " folded",
            "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable",
            "Content-Transfer-Encoding: 8bit", "=C3=A4 =", String(repeating: "long ", count: 201),
        ]
        var result: [UInt8] = bytes("--b\r\n\r\n")
        for _ in 0..<Int.random(in: 1...25, using: &random) {
            result += bytes((lines.randomElement(using: &random) ?? "") + "\r\n")
        }
        return Bool.random(using: &random) ? result : result.dropLast(2)
    }
}
