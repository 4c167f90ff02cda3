// Log lines stay one line, whatever a value holds.
import MailLog
import Testing

@Suite struct LogEventTests {
    @Test func namesAndQuotesValues() {
        let event = LogEvent(
            .info, "accepted", [("id", "0A"), ("from", "<a@b>"), ("to", nil), ("text", "250 ok")])
        #expect(event.line == "accepted: id=0A from=<a@b> text=\"250 ok\"")
    }

    @Test(arguments: ["a\r\nb", "a\u{1B}[31mb", "a\u{2028}b", "a\"b", ""])
    func cannotBeBroken(value: String) {
        let line = LogEvent(.info, "x", [("v", value)]).line
        #expect(!line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x2028 })
        #expect(line.hasPrefix("x: v=\"") && line.hasSuffix("\""))
    }
}
