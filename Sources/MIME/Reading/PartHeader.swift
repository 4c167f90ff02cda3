// The header of a part, collected line by line. It is kept whole, so its size has a limit.
internal import MailCore

struct PartHeader {
    static let limit = 64 << 10

    /// The lines so far, with their line ends.
    private(set) var bytes: [UInt8] = []
    private(set) var isAtLineStart = true

    var isTooLarge: Bool { bytes.count > Self.limit }

    mutating func append(_ run: Span<UInt8>) {
        run.withUnsafeBytes { bytes.append(contentsOf: $0) }
        isAtLineStart = false
    }

    mutating func endLine() {
        bytes += [ASCII.cr, ASCII.lf]
        isAtLineStart = true
    }

    /// The fields; nil where a line is none. Serialized they give `bytes` again.
    var fields: MessageHeader? {
        guard isAtLineStart else { return nil }
        var fields: [HeaderField] = []
        var start = 0
        var end = 0
        while let feed = bytes[end...].firstIndex(of: ASCII.lf) {
            guard feed > 0, bytes[feed - 1] == ASCII.cr else { return nil }
            end = feed + 1
            if end < bytes.count, ASCII.isWhiteSpace(bytes[end]) { continue }
            guard let field = HeaderField(bytes: bytes[start..<(feed - 1)]) else { return nil }
            fields.append(field)
            start = end
        }
        return MessageHeader(fields: fields)
    }
}
