// A message's name in the queue: its arrival in milliseconds and some random bits, in 60 bits that sort
// by time, written as 12 characters that survive being read out over the telephone.

/// Names one queued message, here and in every log line about it.
public struct QueueID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 42 bits of milliseconds since 1970, enough until 2109, above 18 random bits.
    let number: Int64

    private static let randomBits: Int64 = 18
    /// Crockford's base32, which leaves out I, L, O and U.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let length = 12

    init(number: Int64) { self.number = number }

    init(arrival: Int64, random: UInt32) {
        let moment = min(max(arrival, 0), 1 << 42 - 1)
        number = moment << Self.randomBits | Int64(random) & (1 << Self.randomBits - 1)
    }

    /// Reads what `description` wrote; small letters are taken too, and O for 0, I and L for 1.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length else { return nil }
        var number: Int64 = 0
        for byte in text.utf8 {
            guard let digit = Self.digit(byte) else { return nil }
            number = number << 5 | Int64(digit)
        }
        self.number = number
    }

    public var description: String {
        let digits = (0..<Self.length).map { place in
            Self.alphabet[Int(number >> (5 * Int64(Self.length - 1 - place)) & 31)]
        }
        return String(decoding: digits, as: UTF8.self)
    }

    public static func < (left: QueueID, right: QueueID) -> Bool { left.number < right.number }

    private static func digit(_ byte: UInt8) -> Int? {
        let capital = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & 0xDF : byte
        return switch capital {
        case UInt8(ascii: "O"): 0
        case UInt8(ascii: "I"), UInt8(ascii: "L"): 1
        default: alphabet.firstIndex(of: capital)
        }
    }
}
