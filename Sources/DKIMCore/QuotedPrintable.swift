// DKIM's own quoted-printable (RFC 6376 2.11), in which i= is written.
import MailCore

enum QuotedPrintable {
    /// The bytes that need not be written as `=XX`: printable ASCII, or UTF-8 as well (RFC 8616 5).
    enum Charset { case ascii, utf8 }

    static func encode(_ text: String, keeping charset: Charset = .ascii) -> String {
        text.unicodeScalars.map { scalar in
            scalar.isASCII || charset == .ascii
                ? String(scalar).utf8.map(encode).joined() : String(scalar)
        }.joined()
    }

    private static func encode(_ byte: UInt8) -> String {
        let isSafe =
            (0x21...0x7E).contains(byte) && byte != UInt8(ascii: ";") && byte != UInt8(ascii: "=")
        guard !isSafe else { return String(UnicodeScalar(byte)) }
        return "=" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }

    /// Nil where an `=` is not followed by two digits in upper case, or the result is not UTF-8. White
    /// space is dropped.
    static func decode(_ bytes: some Collection<UInt8>) -> String? {
        var result: [UInt8] = []
        var rest = bytes.filter { !ASCII.isWhiteSpace($0) && $0 != ASCII.cr && $0 != ASCII.lf }[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                result.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
            else { return nil }
            result.append(high << 4 | low)
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
