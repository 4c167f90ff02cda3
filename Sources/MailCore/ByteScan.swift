// Finding the few bytes that matter in a long run, eight at a time: what the streaming transforms
// spend their time on. Nothing here throws.

enum ByteScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The first index from `start` on that holds `byte`, else the count.
    static func index(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        let pattern = ones &* UInt64(byte)
        var index = start
        while index &+ 8 <= bytes.count {
            let word = load(bytes, index) ^ pattern
            let zeros = (word &- ones) & ~word & highBits
            if zeros != 0 { return index &+ zeros.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < bytes.count, bytes[index] != byte { index &+= 1 }
        return index
    }

    /// The first index from `start` on that holds NUL, LF or CR, else the count. `eightBit` becomes
    /// true when a byte above 127 was met on the way.
    static func indexOfLineControl(
        in bytes: UnsafeRawBufferPointer, from start: Int, eightBit: inout Bool
    ) -> Int {
        var index = start
        var seen: UInt64 = 0
        defer { if seen & highBits != 0 { eightBit = true } }
        while index &+ 8 <= bytes.count {
            let word = load(bytes, index)
            seen |= word
            let below14 = (word &- ones &* 0x0E) & ~word & highBits
            if below14 != 0, let found = lineControl(in: bytes, index..<index &+ 8) { return found }
            index &+= 8
        }
        for index in index..<bytes.count {
            if isLineControl(bytes[index]) { return index }
            seen |= UInt64(bytes[index])
        }
        return bytes.count
    }

    private static func lineControl(in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
        range.first { isLineControl(bytes[$0]) }
    }

    private static func isLineControl(_ byte: UInt8) -> Bool {
        byte == 0 || byte == ASCII.lf || byte == ASCII.cr
    }

    /// Eight bytes, the first of them lowest.
    private static func load(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }
}
