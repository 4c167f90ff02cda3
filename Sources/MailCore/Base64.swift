// Base64 of RFC 4648 4, without line breaks. Nothing here throws; what cannot be decoded is nil.

public enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    public static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group = 0
        var length = 0
        for byte in bytes {
            group = group << 8 | Int(byte)
            length += 1
            guard length == 3 else { continue }
            for shift in [18, 12, 6, 0] { result.append(alphabet[group >> shift & 63]) }
            group = 0
            length = 0
        }
        guard length > 0 else { return result }
        group <<= 8 * (3 - length)
        for shift in [18, 12, 6].prefix(length + 1) { result.append(alphabet[group >> shift & 63]) }
        return result + Array(repeating: padding, count: 3 - length)
    }

    /// The bytes, or nil where the text is not base64 to the letter; the padding may be missing.
    public static func decode(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
        var digits = text[...]
        while digits.last == padding, text.count - digits.count < 2 { digits.removeLast() }
        guard digits.count == text.count || text.count % 4 == 0 else { return nil }
        var result: [UInt8] = []
        var group = 0
        var bits = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            group = group << 6 | value
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            result.append(UInt8(group >> bits & 0xFF))
            group &= 1 << bits - 1
        }
        return bits < 6 ? result : nil
    }

    private static func value(of digit: UInt8) -> Int? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
