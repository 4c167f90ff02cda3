// The character classes of RFC 5234 and RFC 5322 that every parser here needs.

/// Byte classes and the few byte operations Swift has only for strings.
public enum ASCII {
    public static let cr: UInt8 = 0x0D
    public static let lf: UInt8 = 0x0A
    public static let space: UInt8 = 0x20
    public static let tab: UInt8 = 0x09

    /// WSP of RFC 5234: space or tab.
    public static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// atext of RFC 5322 3.2.3, with the bytes of UTF-8 as RFC 6532 3.2 allows them.
    public static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xFF:
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "="),
            UInt8(ascii: "?"), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "{")...UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// A byte that may stand in a header field's name: printable ASCII but the colon (RFC 5322 2.2).
    public static func isFieldName(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: ":")
    }

    public static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    public static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Equal but for the case of ASCII letters, as names of fields, domains and keywords are compared.
    public static func equalIgnoringCase(
        _ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>
    ) -> Bool {
        left.lazy.map(lowercased).elementsEqual(right.lazy.map(lowercased))
    }

    /// A control character of ASCII, the tab among them, and DEL.
    public static func isControl(_ byte: UInt8) -> Bool { byte < space || byte == 0x7F }

    /// A letter or digit.
    public static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
