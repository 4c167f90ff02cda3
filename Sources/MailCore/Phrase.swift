// Display names: a person's name turned into the phrase of a header field (RFC 5322 3.2.5, RFC 2047 5)
// and back. Nothing here throws.

enum Phrase {
    /// The name as words that may be folded between each other: atoms, else a quoted string, else,
    /// where it is not ASCII, encoded words.
    static func words(for name: String) -> [String] {
        let words = name.unicodeScalars.split { $0.isControl || $0 == " " }.map(String.init)
        let clean = words.joined(separator: " ")
        guard clean.utf8.allSatisfy({ $0 < 0x80 }) else { return EncodedWord.encode(clean) }
        let isAtoms = words.allSatisfy { $0.utf8.allSatisfy(ASCII.isAtomText) && !$0.contains("=?") }
        guard !isAtoms else { return words }
        var quoted = "\""
        for character in clean {
            if character == "\"" || character == "\\" { quoted += "\\" }
            quoted.append(character)
        }
        return (quoted + "\"").split(separator: " ").map(String.init)
    }

    /// The phrase as a person reads it.
    static func text(of phrase: [UInt8]) -> String {
        var scanner = AddressScanner(phrase[...], commentDepth: phrase.count)
        var text = ""
        var end = phrase.startIndex
        var followsEncodedWord = false
        while let token = try? scanner.next(), token.kind != .end {
            let bytes = token.kind == .quoted ? scanner.text(of: token)[...] : phrase[token.range]
            let decoded = token.kind == .atom ? EncodedWord.decode(bytes) : nil
            // White space between two encoded words is not part of the text (RFC 2047 6.2).
            let joins = followsEncodedWord && decoded != nil
            if token.range.lowerBound > end, !joins { text += " " }
            text += decoded ?? String(decoding: bytes, as: UTF8.self)
            end = token.range.upperBound
            followsEncodedWord = decoded != nil
        }
        return String(printable: text.utf8)
    }
}

extension HeaderField {
    /// A field of words put on lines of at most 78 bytes, as far as the words allow it (RFC 5322 2.1.1).
    init(name: String, words: [String]) {
        var value = ""
        var lineLength = name.utf8.count + 1
        for word in words {
            let length = word.utf8.count + 1
            if !value.isEmpty {
                let fits = lineLength + length <= 78
                value += fits ? " " : "\r\n "
                if !fits { lineLength = 0 }
            }
            value += word
            lineLength += length
        }
        self.init(name: name, value: value)
    }
}
