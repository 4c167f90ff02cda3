// Single bodies through the encodings, each line of a table a rule of RFC 2045 6.7, 6.8 or of this module.

import MIME
import MailCore
import Testing

struct EncodingTests {
    private func body(
        _ content: [UInt8], _ fields: String..., limits: TransportLimits = sevenBit
    ) -> Conversion {
        let fields = (["MIME-Version: 1.0"] + fields).compactMap { HeaderField(bytes: $0.utf8) }
        return convert(Message(header: MessageHeader(fields: fields), body: content), for: limits).result
    }

    private func encoded(_ content: [UInt8], _ fields: String) -> String? {
        guard case .encoded(let message) = body(content, fields) else { return nil }
        return text(message.body)
    }

    // Each ends with "ä and text that makes quoted-printable the shorter one".
    static let tail = "\r\nä and text that makes quoted-printable the shorter one\r\n"
    static let encodedTail = "\r\n=C3=A4 and text that makes quoted-printable the shorter one\r\n"

    @Test(
        "quoted-printable",
        arguments: [
            ("blank at end ", "blank at end=20"),
            ("two blanks  ", "two blanks =20"),
            ("tab at end\t", "tab at end=09"),
            ("blanks  and\ttabs inside", "blanks  and\ttabs inside"),
            (" ", "=20"),
            ("1 = 1", "1 =3D 1"),
            ("control \u{1}\u{7F}\0", "control =01=7F=00"),
            ("bare\rreturn", "bare=0Dreturn"),
            ("bare\nfeed", "bare=0Afeed"),
            ("blank \rreturn", "blank =0Dreturn"),
            (".", "=2E"), ("...", "=2E.."), ("a.", "a."),
            ("From me", "=46rom me"), ("From", "From"), ("From ", "From=20"), (" From me", " From me"),
            (">From me", ">From me"), ("--", "=2D-"), ("-", "-"), ("---", "=2D--"), ("- -", "- -"),
            (String(repeating: "x", count: 75), String(repeating: "x", count: 75)),
            (
                String(repeating: "x", count: 76),
                String(repeating: "x", count: 75) + "=\r\nx"
            ),
            (
                String(repeating: "x", count: 73) + "=",
                String(repeating: "x", count: 73) + "=\r\n=3D"
            ),
            (
                String(repeating: "x", count: 75) + ".",
                String(repeating: "x", count: 75) + "=\r\n=2E"
            ),
            (
                String(repeating: "x", count: 75) + "From --",
                String(repeating: "x", count: 75) + "=\r\n=46rom --"
            ),
            (
                String(repeating: "x", count: 75) + "--",
                String(repeating: "x", count: 75) + "=\r\n=2D-"
            ),
            (
                String(repeating: "x", count: 74) + " ",
                String(repeating: "x", count: 74) + "=\r\n=20"
            ),
        ])
    func quotedPrintable(line: String, result: String) {
        let content = bytes(line + Self.tail)
        #expect(encoded(content, "Content-Type: text/plain") == result + Self.encodedTail)
    }

    @Test(
        "quoted-printable with lines too long, and blanks at their ends",
        arguments: [0, 1, 30, 900, 922, 923, 2_000], [100, 998])
    func mended(blanks: Int, maximumLine: Int) {
        let line = String(repeating: "=3D", count: 400) + "x" + String(repeating: " ", count: blanks) + "\r\n"
        let message = Message(
            header: header("MIME-Version: 1.0", "Content-Transfer-Encoding: quoted-printable"),
            body: bytes(line + "end\r\n"))
        let limits = TransportLimits(allows8Bit: true, maximumLine: maximumLine)
        guard case .encoded(let result) = convert(message, for: limits).result else {
            Issue.record("not mended")
            return
        }
        #expect(SimpleReader.split(result.body).allSatisfy { $0.count <= maximumLine })
        // More trailing blanks than fit in a line become part of the text.
        if blanks < maximumLine - 80 { expectFaithful(message, for: limits) }
    }

    @Test("base64", arguments: 1...120)
    func base64(count: Int) {
        let content = [UInt8](repeating: 0xFF, count: count)
        guard case .encoded(let message) = body(content, "Content-Type: application/octet-stream") else {
            Issue.record("not encoded")
            return
        }
        let lines = SimpleReader.split(message.body)
        #expect(lines.allSatisfy { $0.count <= 76 })
        let isBase64 = text(message.header.serialized).contains("Encoding: base64")
        // One byte is shorter in quoted-printable; two are as long in both.
        #expect(isBase64 == (count > 2))
        if isBase64 { #expect(lines.last == [] && lines.dropLast(2).allSatisfy { $0.count == 76 }) }
    }

    @Test(
        "the charset of a message that is not MIME",
        arguments: [
            ([0xC3, 0xA4], "utf-8"), ([0xF0, 0x9F, 0x93, 0xA7], "utf-8"), ([0xE4], "unknown-8bit"),
            ([0xC3], "unknown-8bit"), ([0xC0, 0x80], "unknown-8bit"), ([0xE0, 0x80, 0x80], "unknown-8bit"),
            ([0xED, 0xA0, 0x80], "unknown-8bit"), ([0xF4, 0x90, 0x80, 0x80], "unknown-8bit"),
            ([0xE2, 0x82, 0x20], "unknown-8bit"), ([0xEF, 0xBF, 0xBF], "utf-8"),
            ([0xC3, 0x28], "unknown-8bit"),
            (Array(repeating: 0x61, count: 999), "us-ascii"),
        ] as [([UInt8], String)])
    func charset(content: [UInt8], charset: String) {
        let message = Message(header: header("Subject: x"), body: content)
        guard case .encoded(let result) = convert(message, for: sevenBit).result else {
            Issue.record("not encoded")
            return
        }
        let added = result.header.fields.dropFirst().prefix(2).map { text($0.bytes) }
        #expect(added == ["MIME-Version: 1.0", "Content-Type: text/plain; charset=\(charset)"])
    }

    @Test(
        "Content-Transfer-Encoding as it may be written",
        arguments: [
            ("8bit", true), ("8BIT", true), (" 8bit ", true), ("8-bit", true), ("(a comment) 8bit", true),
            ("8bit (a (nested) comment)", true), ("\r\n binary", true), ("", true), ("7bit", true),
            ("7-bit", true),
            ("utf-8", false), ("x-mine", false), ("uuencode", false), ("\"8bit\"", false), (";", false),
        ])
    func transferEncoding(value: String, isKnown: Bool) {
        let content = bytes("Köln and plain text\r\n")
        let result = body(content, "Content-Type: text/plain", "Content-Transfer-Encoding:\(value)")
        switch result {
        case .encoded(let message):
            #expect(isKnown)
            #expect(text(message.header.fields[2].bytes) == "Content-Transfer-Encoding: quoted-printable")
        case .refused(let reason): #expect(!isKnown && reason.contains("Content-Transfer-Encoding"))
        case .fits: Issue.record("8-bit bytes do not fit")
        }
    }

    @Test(
        "types that are never touched",
        arguments: [
            "multipart/signed; boundary=b", "multipart/encrypted; boundary=b", "application/pkcs7-mime",
            "application/x-pkcs7-mime", "application/pkcs7-signature", "application/x-pkcs7-signature",
            "application/pgp-signature", "application/pgp-encrypted", "APPLICATION/PGP", "message/partial",
            "message/external-body", "message/delivery-status", "message/disposition-notification",
            "message/http",
        ], ["Köln", String(repeating: "x", count: 999)])
    func sealed(type: String, content: String) {
        let result = body(bytes(content + "\r\n"), "Content-Type: \(type)")
        guard case .refused(let reason) = result else {
            Issue.record("\(result)")
            return
        }
        let name = type.prefix { $0 != ";" }.lowercased()
        #expect(reason.hasPrefix("5.6.3 the body (\(name)) has "), "\(reason)")
        #expect(!reason.contains("\n"))
    }

    /// A name that comes from the message cannot make a line of its own or a long one.
    @Test func reasonsAreOneShortLine() {
        let type = "x-" + String(repeating: "y", count: 5_000)
        let result = body(bytes("Köln\r\n"), "Content-Type: message/\(type)")
        guard case .refused(let reason) = result else {
            Issue.record("not refused")
            return
        }
        #expect(reason.utf8.count < 400)
    }
}
