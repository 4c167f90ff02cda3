// The tag=value grammar, the numbers and texts within it.
import Testing

@testable import DKIMCore

struct TagListTests {
    @Test(arguments: [
        ("a=1", "1"), ("a=1;", "1"), ("a=1; ", "1"), (" a = 1 ; b=2", "1"), ("b=;a=", ""),
        ("a=x\r\n y", "x\r\n y"), ("\r\n\ta=1", "1"), ("a_1=2;a=b=c", "b=c"), ("a=\u{E9}", "\u{E9}"),
    ])
    func valid(text: String, value: String) throws {
        #expect(try TagList(Array(text.utf8)[...]).text("a") == value)
    }

    @Test(arguments: [
        "", ";", "a", "a=1;;b=2", "a=1;a=2", "a=1; a=1", "=1", "1a=1", "a-b=1", "a=x\ry", "a=x\ny",
        "a=x\r\ny", "a=\u{0}", "a=\u{7F}", "a=1;b", "a b=1",
    ])
    func invalid(text: String) {
        #expect(throws: TagListError.self) { try TagList(Array(text.utf8)[...]) }
    }

    @Test func namesAreCaseSensitive() throws {
        let tags = try TagList(Array("D=1;d=2".utf8)[...])
        #expect(tags.text("D") == "1")
        #expect(tags.text("d") == "2")
    }

    @Test func everyPrefixIsReadOrRefused() throws {
        let text = Array("v=1; a=rsa-sha256;\r\n h=From : To;\r\n b=AA==".utf8)
        for end in 0...text.count { _ = try? TagList(text[..<end]) }
        #expect(try TagList(text[...]).list("h") == ["From", "To"])
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded.utf8) == Array(text.utf8))
        #expect(Base64.decode(encoded.utf8.filter { $0 != UInt8(ascii: "=") }) == Array(text.utf8))
        #expect(Base64.decode(encoded.utf8.flatMap { [$0, 0x20, 0x0D, 0x0A, 0x09] }) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg=", "Zg===", "Z===", "Zg==Zg", "Zm9v=", "Z*==", "Zm9v\u{0}"])
    func notBase64(text: String) { #expect(Base64.decode(text.utf8) == nil) }

    @Test(arguments: [
        ("joe@example.org", "joe@example.org"), ("a;b=c@d", "a=3Bb=3Dc@d"), ("\u{E9} @d", "=C3=A9=20@d"),
    ])
    func quotedPrintable(text: String, encoded: String) {
        #expect(QuotedPrintable.encode(text) == encoded)
        #expect(QuotedPrintable.decode(encoded.utf8) == text)
    }

    @Test(arguments: ["=", "=4", "=4g", "=3d", "=FF"])
    func notQuotedPrintable(text: String) { #expect(QuotedPrintable.decode(text.utf8) == nil) }
}
