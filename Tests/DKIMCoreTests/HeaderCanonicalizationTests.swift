// A field's canonical forms.
import MailCore
import Testing

@testable import DKIMCore

struct HeaderCanonicalizationTests {
    @Test(arguments: [
        // RFC 6376 3.4.5.
        ("A: X", "a:X"),
        ("B : Y\t\r\n\tZ  ", "b:Y Z"),
        ("Subject:", "subject:"),
        ("Subject: \t", "subject:"),
        ("Subject:\r\n \r\n x", "subject:x"),
        ("SUBJECT:x", "subject:x"),
        ("X: a: b", "x:a: b"),
        // No folds, so content.
        ("X: a\rb\nc", "x:a\rb\nc"),
        ("X: \u{E9}\t\u{E9}", "x:\u{E9} \u{E9}"),
    ])
    func relaxed(field: String, canonical: String) throws {
        let field = try #require(HeaderField(bytes: field.utf8))
        #expect(String(decoding: canonicalField(field, .relaxed), as: UTF8.self) == canonical)
        #expect(canonicalField(field, .simple) == field.bytes)
    }
}
