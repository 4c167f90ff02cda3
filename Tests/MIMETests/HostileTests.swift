// Malformed and hostile MIME: what is not understood travels as it is, or is refused with a reason. What fits
// is never touched, however it looks.

import MIME
import MailCore
import Testing

struct HostileTests {
    private static let mixed = header("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")
    private static let germanPart = "--b\r\n\r\nKöln, and enough plain text to be quoted\r\n"

    private func multiparts(_ count: Int, around text: String) -> Message {
        let opened = (1..<count).map {
            "--b\($0 - 1)\r\nContent-Type: multipart/mixed; boundary=b\($0)\r\n\r\n"
        }
        return Message(
            header: header("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b0"),
            body: bytes(opened.joined() + "--b\(count - 1)\r\n\r\n\(text)\r\n"))
    }

    private func messages(_ count: Int, around text: String) -> Message {
        let inner = "Content-Type: message/rfc822\r\n\r\n"
        return Message(
            header: header("MIME-Version: 1.0", "Content-Type: message/rfc822"),
            body: bytes(String(repeating: inner, count: count - 1) + "Subject: x\r\n\r\n\(text)\r\n"))
    }

    @Test func fiftyDeepIsRead() {
        for message in [multiparts(50, around: "Köln and text"), messages(50, around: "Köln and text")] {
            guard case .encoded = convert(message, for: sevenBit).result else {
                Issue.record("not encoded")
                continue
            }
            expectFaithful(message, for: sevenBit)
        }
    }

    @Test func deeperIsNot() {
        for message in [
            multiparts(51, around: "Köln"), messages(51, around: "Köln"), messages(9000, around: "ä"),
        ] {
            guard case .refused(let reason) = convert(message, for: sevenBit).result else {
                Issue.record("not refused")
                continue
            }
            #expect(reason.hasPrefix("5.6.3 ") && reason.contains("more than 50 parts deep"), "\(reason)")
        }
        #expect(convert(multiparts(200, around: "Cologne"), for: sevenBit).result == .fits)
    }

    @Test("parts", arguments: [9_998, 9_999, 10_000, 30_000])
    func manyParts(count: Int) {
        let empty = String(repeating: "--b\r\n\r\n", count: count)
        let fitting = Message(header: Self.mixed, body: bytes(empty + "--b--\r\n"))
        #expect(convert(fitting, for: sevenBit).result == .fits)
        // The message and the last part are two more.
        let message = Message(header: Self.mixed, body: bytes(empty + Self.germanPart + "--b--\r\n"))
        switch convert(message, for: sevenBit).result {
        case .encoded: #expect(count == 9_998)
        case .refused(let reason):
            #expect(count > 9_998 && reason.contains("more than 10000 parts"), "\(reason)")
        case .fits: Issue.record("8-bit bytes do not fit")
        }
    }

    @Test("bytes in a part's header", arguments: [1_000, 65_536, 70_000, 300_000])
    func largeHeader(size: Int) {
        let line = "X: " + String(repeating: "x", count: 95) + "\r\n"
        let large = "--b\r\n" + String(repeating: line, count: size / 100) + "\r\ntext\r\n"
        let message = Message(header: Self.mixed, body: bytes(large + Self.germanPart + "--b--\r\n"))
        guard case .encoded(let result) = convert(message, for: sevenBit).result else {
            Issue.record("the other part can be encoded")
            return
        }
        #expect(result.body.starts(with: bytes(large)))
        let hostile = Message(header: Self.mixed, body: bytes(large.dropLast(2) + "ä\r\n--b--\r\n"))
        if case .refused(let reason) = convert(hostile, for: sevenBit).result {
            #expect(size > 65_536 && reason.contains("its header has a line that is no field"), "\(reason)")
        } else {
            #expect(size <= 65_536)
        }
    }

    @Test(
        "a boundary that is none",
        arguments: [
            "", "boundary", "boundary=", "boundary=\"\"", "boundary=\"  \"", "boundary=\"open",
            "boundary=a; boundary=b",
            "boundary*0=a; boundary*1=b", "boundary*=utf-8''b", "boundary=b; =", "boundary=b x",
        ])
    func badBoundary(parameters: String) {
        let message = Message(
            header: header("MIME-Version: 1.0", "Content-Type: multipart/mixed; \(parameters)"),
            body: bytes(Self.germanPart + "--b--\r\n"))
        guard case .refused(let reason) = convert(message, for: sevenBit).result else {
            Issue.record("not refused")
            return
        }
        #expect(reason.hasPrefix("5.6.3 the body (multipart/mixed) "))
        #expect(reason.contains("no boundary that can be relied on"))
        #expect(convert(message, for: eightBit).result == .fits)
    }

    @Test func boundaryThatIsTooLong() {
        for (length, isRead) in [(70, true), (200, true), (201, false)] {
            let boundary = String(repeating: "b", count: length)
            let message = Message(
                header: header("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=\(boundary)"),
                body: bytes("--\(boundary)\r\n\r\nKöln and plain text\r\n--\(boundary)--\r\n"))
            let result = convert(message, for: sevenBit).result
            if case .encoded = result { #expect(isRead) } else { #expect(!isRead) }
        }
    }

    @Test(
        "types that cannot be read",
        arguments: [
            "multipart", "Multipart mixed; boundary=b", "message", " message-rfc822",
        ])
    func looksComposite(type: String) {
        let message = Message(
            header: header("MIME-Version: 1.0", "Content-Type: \(type)"), body: bytes(Self.germanPart))
        guard case .refused(let reason) = convert(message, for: sevenBit).result else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("its Content-Type cannot be read"), "\(reason)")
    }

    @Test("types that are taken for plain text", arguments: ["", "text", "html", "text/", "/plain", ";;;"])
    func looksSimple(type: String) {
        let message = Message(
            header: header("MIME-Version: 1.0", "Content-Type: \(type)"), body: bytes("Köln, plain text\r\n"))
        expectFaithful(message, for: sevenBit)
        guard case .encoded = convert(message, for: sevenBit).result else {
            Issue.record("not encoded")
            return
        }
    }

    @Test("nested boundaries that read alike", arguments: ["b--", "b"])
    func ambiguous(inner: String) {
        let message = Message(
            header: Self.mixed,
            body: bytes(
                "--b\r\nContent-Type: multipart/mixed; boundary=\"\(inner)\"\r\n\r\nKöln\r\n--b--\r\n"))
        guard case .refused(let reason) = convert(message, for: sevenBit).result else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("part 1 (multipart/mixed)") && reason.contains("taken for that of a part"))
    }

    /// Nothing but a line or a part's header is held back, however long lines are.
    @Test func nothingPilesUp() {
        let chunk = Array(repeatElement(UInt8(ascii: "-"), count: 10_000))
        let message = Message(
            header: header("MIME-Version: 1.0", "Content-Type: text/plain"),
            body: Array(repeatElement(chunk, count: 50).joined()))
        var inspector = BodyInspector(header: message.header, limits: sevenBit)
        for _ in 0..<50 { inspector.update(chunk.span) }
        guard case .needs(let plan) = inspector.finish() else {
            Issue.record("a line of 500,000 dashes does not fit")
            return
        }
        var encoder = plan.makeEncoder()
        var written = 0
        for round in 1...50 {
            var output: [UInt8] = []
            encoder.update(chunk.span, into: &output)
            written += output.count
            #expect(written >= round * chunk.count - 1_100)
        }
        expectFaithful(message, for: sevenBit)
    }
}
