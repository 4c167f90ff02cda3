// What the column `is_8bit` says of a message's content, a bit each; the first spools knew only the lowest.

enum ContentFlags {
    static let eightBit: Int64 = 1
    static let longLines: Int64 = 2

    static func encode(_ message: NewMessage) -> Int64 {
        (message.is8Bit ? eightBit : 0) | (message.hasLongLines ? longLines : 0)
    }
}
