// Encoded words, RFC 2047: how text that is not ASCII stands in a header field. Nothing here throws;
// what cannot be decoded stays as it is.

public enum EncodedWord {
    /// Short of the 75 of RFC 2047 2, so that the longest field name fits before one on a line of 78.
    private static let longest = 60
    /// Programs exceed the 75, but a text that only begins like an encoded word is not searched for long.
    private static let longestRead = 250
    private static let overhead = "=?UTF-8?Q?".utf8.count + "?=".utf8.count

    /// The text as encoded words, by whichever of the two encodings is shorter; no character is split.
    public static func encode(_ text: String) -> [String] {
        let quotedLength = text.utf8.reduce(0) { $0 + (isPlain($1) ? 1 : 3) }
        let prefersBase64 = (text.utf8.count + 2) / 3 * 4 < quotedLength
        var words: [String] = []
        var chunk: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(Character(scalar).utf8)
            if !chunk.isEmpty, encodedLength(chunk + bytes, base64: prefersBase64) > longest - overhead {
                words.append(word(chunk, base64: prefersBase64))
                chunk = []
            }
            chunk += bytes
        }
        if !chunk.isEmpty { words.append(word(chunk, base64: prefersBase64)) }
        return words
    }

    /// Where the encoded word ends that begins with the first byte; nil where none does.
    static func end(in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.starts(with: "=?".utf8) else { return nil }
        var marks = 0
        var index = bytes.startIndex + 2
        while index < bytes.endIndex, (0x21...0x7E).contains(bytes[index]),
            index - bytes.startIndex < longestRead
        {
            if bytes[index] == UInt8(ascii: "?") {
                marks += 1
                let next = index + 1
                if marks >= 3, next < bytes.endIndex, bytes[next] == UInt8(ascii: "=") { return next + 1 }
            }
            index += 1
        }
        return nil
    }

    /// One encoded word's text, or nil where it is none or its charset is not one of ASCII, Latin-1
    /// and UTF-8.
    static func decode(_ word: ArraySlice<UInt8>) -> String? {
        guard end(in: word) == word.endIndex else { return nil }
        let parts = word.dropFirst(2).dropLast(2)
            .split(separator: UInt8(ascii: "?"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let encoding = parts[1].first, parts[1].count == 1 else { return nil }
        let decoded =
            ASCII.lowercased(encoding) == UInt8(ascii: "b")
            ? Base64.decode(parts[2])
            : ASCII.lowercased(encoding) == UInt8(ascii: "q") ? unquote(parts[2]) : nil
        guard let decoded else { return nil }
        // RFC 2231 5 lets a language follow the charset, behind an asterisk.
        return text(decoded, charset: parts[0].prefix { $0 != UInt8(ascii: "*") })
    }

    private static func text(_ bytes: [UInt8], charset: ArraySlice<UInt8>) -> String? {
        switch String(decoding: charset, as: UTF8.self).lowercased() {
        case "utf-8", "us-ascii": return String(validating: bytes, as: UTF8.self)
        case "iso-8859-1": return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        default: return nil
        }
    }

    private static func encodedLength(_ bytes: [UInt8], base64: Bool) -> Int {
        base64 ? (bytes.count + 2) / 3 * 4 : bytes.reduce(0) { $0 + (isPlain($1) ? 1 : 3) }
    }

    private static func word(_ bytes: [UInt8], base64: Bool) -> String {
        let text = base64 ? Base64.encode(bytes) : bytes.flatMap(quote)
        return "=?UTF-8?\(base64 ? "B" : "Q")?\(String(decoding: text, as: UTF8.self))?="
    }

    /// What may stand for itself in a phrase's encoded word (RFC 2047 5 (3)); a blank is `_`.
    private static func isPlain(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == ASCII.space || "!*+-/".utf8.contains(byte)
    }

    private static func quote(_ byte: UInt8) -> [UInt8] {
        if byte == ASCII.space { return [UInt8(ascii: "_")] }
        guard !isPlain(byte) else { return [byte] }
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func unquote(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "_"): result.append(ASCII.space)
            case UInt8(ascii: "="):
                let digits = text[(index + 1)...].prefix(2)
                guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                    let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                result.append(byte)
                index += 2
            case let byte: result.append(byte)
            }
            index += 1
        }
        return result
    }
}
