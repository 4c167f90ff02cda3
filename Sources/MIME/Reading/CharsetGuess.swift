// The charset of text that names none: US-ASCII, UTF-8 where it is valid throughout (RFC 3629 4), else
// the unknown-8bit that RFC 1428 made for this.

enum Charset: String, Sendable {
    case usASCII = "us-ascii"
    case utf8 = "utf-8"
    case unknown8Bit = "unknown-8bit"
}

struct CharsetGuess {
    private var hasEightBit = false
    private var isUTF8 = true
    /// Continuation bytes that the character begun still needs, and what the next of them may be.
    private var missing = 0
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    mutating func update(_ run: Span<UInt8>) {
        for index in run.indices where run[index] > 127 || missing > 0 { take(run[index]) }
    }

    var charset: Charset {
        guard hasEightBit else { return .usASCII }
        return isUTF8 && missing == 0 ? .utf8 : .unknown8Bit
    }

    private mutating func take(_ byte: UInt8) {
        hasEightBit = true
        if missing > 0 {
            if !allowed.contains(byte) { isUTF8 = false }
            missing -= 1
            allowed = 0x80...0xBF
            return
        }
        switch byte {
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, allowed) = (2, 0xA0...0xBF)
        case 0xED: (missing, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, allowed) = (3, 0x90...0xBF)
        case 0xF4: (missing, allowed) = (3, 0x80...0x8F)
        case 0xF1...0xF3: missing = 3
        default: isUTF8 = false
        }
    }
}
