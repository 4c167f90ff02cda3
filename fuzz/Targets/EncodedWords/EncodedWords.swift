// Encoded words (RFC 2047) and the phrases made of them: a name comes back from a header field as it was.
import FuzzSupport

@testable import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let words = EncodedWord.encode(text)
        demand(words.allSatisfy { $0.utf8.count <= 75 }, "no word is longer than RFC 2047 allows")
        let decoded = words.map { EncodedWord.decode(Array($0.utf8)[...]) }
        demand(decoded.map { $0 ?? "" }.joined().utf8.elementsEqual(text.utf8), "a text comes back")
        if let end = EncodedWord.end(in: bytes[...]) {
            demand(end <= bytes.count, "a word ends within the text")
            _ = EncodedWord.decode(bytes[..<end])
        }
        checkPhrase(text)
    }
}

private func checkPhrase(_ name: String) {
    let clean = name.unicodeScalars.split { $0.isControl || $0 == " " }.map(String.init)
        .joined(separator: " ")
    guard !clean.isEmpty else { return }
    let field = HeaderField(name: "From", words: Phrase.words(for: name) + ["<a@example.org>"])
    let list = try? AddressList(parsing: field.value)
    demand(list?.addresses == [EmailAddress(localPart: "a", domain: "example.org")], "a name is a phrase")
    demand(list?.mailboxes.first?.displayName.utf8.elementsEqual(clean.utf8) == true, "a name comes back")
    demand(field.withoutStrayControls == field, "a field has no stray control character")
}
