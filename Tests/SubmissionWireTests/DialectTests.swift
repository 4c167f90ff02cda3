// The first bytes of a connection tell the dialect, and no later than they must.

import SubmissionWire
import Testing

@Suite struct DialectTests {
    @Test(arguments: [
        ("SMARTHOST/1\n", Dialect.framed),
        ("SMARTHOST/1\nc", .framed),
        ("SMARTHOST/2\n", .unsupported(version: 2)),
        ("SMARTHOST/10\n", .unsupported(version: 10)),
        ("SMARTHOST/999999\n", .unsupported(version: 999_999)),
        ("SMARTHOST/1234567\n", .raw),
        ("SMARTHOST/1\r\n", .raw),
        ("SMARTHOST/01\n", .raw),
        ("SMARTHOST/\n", .raw),
        ("SMARTHOST/x", .raw),
        ("SMARTHOST: yes\n", .raw),
        ("smarthost/1\n", .raw),
        ("Subject: x\n", .raw),
        ("S: x\n", .raw),
        ("\n", .raw),
        ("\u{0}", .raw),
    ])
    func byEveryPrefix(text: String, dialect: Dialect) {
        let bytes = Array(text.utf8)
        #expect(Dialect.detect(bytes[...], atEnd: false) == dialect)
        #expect(Dialect.detect(bytes[...], atEnd: true) == dialect)
        // A shorter prefix says the same or nothing; a slice need not begin at 0.
        for count in bytes.indices {
            let early = Dialect.detect(([0] + bytes.prefix(count))[1...], atEnd: false)
            #expect(early == nil || early == dialect, "after \(count) bytes")
        }
    }

    @Test(arguments: ["", "S", "SMARTHOST", "SMARTHOST/", "SMARTHOST/1", "SMARTHOST/123456"])
    func undecidedUntilTheEnd(text: String) {
        #expect(Dialect.detect(Array(text.utf8)[...], atEnd: false) == nil)
        #expect(Dialect.detect(Array(text.utf8)[...], atEnd: true) == .raw)
    }
}
