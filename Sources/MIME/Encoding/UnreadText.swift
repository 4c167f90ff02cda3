// The text around a multipart's parts, which no reader of mail shows (RFC 2046 5.1.1) and which no encoding
// exists for: 8-bit bytes become question marks, long lines are broken.
internal import MailCore

struct UnreadText {
    let limits: TransportLimits
    private var column = 0

    init(_ limits: TransportLimits) { self.limits = limits }

    mutating func mend(_ run: Span<UInt8>, into sink: inout some ByteSink) {
        for index in run.indices {
            let byte = run[index]
            if byte == ASCII.cr || byte == ASCII.lf {
                column = 0
            } else {
                if column == limits.maximumLine { breakLine(into: &sink) }
                column += 1
            }
            sink.put(byte > 127 && !limits.allows8Bit ? UInt8(ascii: "?") : byte)
        }
    }

    /// The blank keeps the rest of the line from being taken for a delimiter.
    private mutating func breakLine(into sink: inout some ByteSink) {
        sink.putLineEnd()
        sink.put(ASCII.space)
        column = 1
    }
}
