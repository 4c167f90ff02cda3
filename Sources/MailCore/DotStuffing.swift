// The transparency of RFC 5321 4.5.2: a line that begins with a dot gets another one, and a line with
// a single dot ends the data. A value fed in chunks of any split; it never throws.

/// Turns a message with CRLF line ends into what follows DATA's 354.
public struct DotStuffing: Sendable {
    private var last: UInt8 = ASCII.lf  // as if a line had just ended
    private var beforeLast: UInt8 = ASCII.cr

    public init() {}

    /// Appends the chunk to `output`, its lines stuffed. A dot after a bare LF is doubled too, so that
    /// no server can take what we send for an end of data that we did not mean.
    public mutating func stuff(_ chunk: Span<UInt8>, into output: inout [UInt8]) {
        chunk.withUnsafeBytes { bytes in
            guard let final = bytes.last else { return }
            var copied = 0
            var dot = ByteScan.index(of: UInt8(ascii: "."), in: bytes, from: 0)
            while dot < bytes.count {
                if (dot == 0 ? last : bytes[dot - 1]) == ASCII.lf {
                    output.append(contentsOf: bytes[copied..<dot])
                    output.append(UInt8(ascii: "."))
                    copied = dot
                }
                dot = ByteScan.index(of: UInt8(ascii: "."), in: bytes, from: dot + 1)
            }
            output.append(contentsOf: bytes[copied...])
            beforeLast = bytes.count > 1 ? bytes[bytes.count - 2] : last
            last = final
        }
    }

    /// Appends the end of the data, and before it the CRLF that a last line lacks.
    public mutating func finish(into output: inout [UInt8]) {
        let endsLine = beforeLast == ASCII.cr && last == ASCII.lf
        if !endsLine { output += last == ASCII.cr ? [ASCII.lf] : [ASCII.cr, ASCII.lf] }
        output += [UInt8(ascii: "."), ASCII.cr, ASCII.lf]
        self = DotStuffing()
    }
}
