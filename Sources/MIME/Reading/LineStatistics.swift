// What matters of a run of lines to a relay: 8-bit bytes and the longest line.
internal import MailCore

struct LineStatistics {
    private(set) var hasEightBit = false
    private var longestEnded = 0
    private var length = 0
    private var endsWithReturn = false

    mutating func update(_ run: Span<UInt8>) {
        for index in run.indices {
            let byte = run[index]
            if byte > 127 { hasEightBit = true }
            if byte == ASCII.lf, endsWithReturn {
                longestEnded = max(longestEnded, length - 1)
                length = 0
            } else {
                length += 1
            }
            endsWithReturn = byte == ASCII.cr
        }
    }

    /// In bytes, without its CRLF.
    var longestLine: Int { max(longestEnded, length) }

    func excess(over limits: TransportLimits) -> Excess? {
        if hasEightBit, !limits.allows8Bit { return .eightBit }
        return longestLine > limits.maximumLine ? .longLine : nil
    }
}
