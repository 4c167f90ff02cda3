// Messages that relays and verifiers have been seen to stumble over.

import Testing

struct SampleMessage: CustomTestStringConvertible, Sendable {
    let name: String
    /// Below From, To and Subject.
    var fields: [String] = []
    var body: [UInt8]

    var testDescription: String { name }

    init(_ name: String, fields: [String] = [], _ body: String) {
        self.init(name, fields: fields, bytes: Array(body.utf8))
    }

    init(_ name: String, fields: [String] = [], bytes: [UInt8]) {
        self.name = name
        self.fields = fields
        body = bytes
    }

    /// As a program writes it: lines end in LF.
    func written(from: String, to: String, subject: String) -> [UInt8] {
        let header = ["From: Sender <\(from)>", "To: \(to)", "Subject: \(subject)"] + fields
        return Array((header.joined(separator: "\n") + "\n\n").utf8) + body
    }

    static let plain = SampleMessage("plain", "Hello,\nthis is a message.\n")

    static let all: [SampleMessage] = [
        plain,
        SampleMessage(
            "8-bit UTF-8",
            fields: [
                "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: 8bit",
            ],
            "Grüße aus Zürich, très bien à vous, Привет, 日本語\n"),
        SampleMessage(
            "folded fields",
            fields: [
                "References: "
                    + (1...40).map { "<\($0).reference@long.example.test>" }.joined(separator: "\n "),
                "X-Folded: one\n\ttwo  \n   three\n four", "X-Blank:",
                "X-Long: " + String(repeating: "x", count: 900),
            ],
            "Folded.\n"),
        SampleMessage("dots", ".\n..\n.one\n...three\nmiddle . dot\n.\n"),
        SampleMessage("empty body", ""),
        SampleMessage("trailing blank lines", "Text  with   blanks \t \n\n \n\t\n\n\n\n"),
        SampleMessage("attachment of 1 MB", fields: ["MIME-Version: 1.0", multipart], bytes: attachment),
        SampleMessage(
            "duplicate fields",
            fields: [
                "X-Twice: first", "Comments: one", "X-Twice: second", "Comments: two", "X-Twice: first",
            ],
            "Twice.\n"),
    ]

    private static let multipart = "Content-Type: multipart/mixed; boundary=\"=_part\""

    private static let attachment: [UInt8] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text = Array(
            """
            --=_part
            Content-Type: text/plain

            See the attachment.
            --=_part
            Content-Type: application/octet-stream
            Content-Transfer-Encoding: base64


            """.utf8)
        var state: UInt32 = 1
        for _ in 0..<(1_048_576 / 77) {
            for _ in 0..<76 {
                state = state &* 1_664_525 &+ 1_013_904_223
                text.append(alphabet[Int(state >> 26)])
            }
            text.append(UInt8(ascii: "\n"))
        }
        return text + Array("--=_part--\n".utf8)
    }()
}
