// Base64 in lines, RFC 2045 6.8: encoding content, and breaking lines of base64 that are too long.
internal import MailCore

struct Base64Encoder {
    static let longestLine = 76
    private static let bytesInLine = longestLine / 4 * 3
    private var held: [UInt8] = []
    private var isFirstLine = true

    mutating func encode(_ run: Span<UInt8>, into sink: inout some ByteSink) {
        for index in run.indices {
            if held.count == Self.bytesInLine { putLine(into: &sink) }
            held.append(run[index])
        }
    }

    /// `endsLine`: the last line gets a line end, because no delimiter with one follows.
    mutating func finish(endsLine: Bool, into sink: inout some ByteSink) {
        if !held.isEmpty { putLine(into: &sink) }
        if endsLine { sink.putLineEnd() }
        self = Self()
    }

    private mutating func putLine(into sink: inout some ByteSink) {
        if !isFirstLine { sink.putLineEnd() }
        isFirstLine = false
        sink.put(Base64.encode(held).span)
        held.removeAll(keepingCapacity: true)
    }

    /// The size of so many bytes' encoding.
    static func encodedSize(of count: Int, endsLine: Bool) -> Int {
        let digits = (count + 2) / 3 * 4
        let breaks = max(0, (digits - 1) / longestLine) + (endsLine ? 1 : 0)
        return digits + 2 * breaks
    }
}

/// Breaks long lines; decoders do not see line breaks.
struct Base64Wrapper {
    private var column = 0

    mutating func wrap(_ run: Span<UInt8>, into sink: inout some ByteSink) {
        for index in run.indices {
            let byte = run[index]
            if byte == ASCII.cr || byte == ASCII.lf {
                column = 0
            } else {
                if column == Base64Encoder.longestLine {
                    sink.putLineEnd()
                    column = 0
                }
                column += 1
            }
            sink.put(byte)
        }
    }
}
