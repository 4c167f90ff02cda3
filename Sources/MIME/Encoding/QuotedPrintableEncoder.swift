// Quoted-printable, RFC 2045 6.7, as it streams. Beyond what that asks, no line of the result begins with a
// dot, `From ` or two dashes: nothing that the text's lines say can be taken for an end of data, for an mbox
// separator, or for a delimiter.
internal import MailCore

struct QuotedPrintableEncoder {
    /// Text keeps its line breaks; in other content CR and LF are data like all else (6.7, note).
    private let isText: Bool
    /// The line of the result that is not ended.
    private var line: [UInt8] = []
    /// A blank waits: it must be encoded where the line ends after it (6.7, rule 3).
    private var heldBlank: UInt8?
    private var holdsReturn = false

    init(isText: Bool) {
        self.isText = isText
        line.reserveCapacity(QuotedPrintable.longestLine)
    }

    mutating func encode(_ run: Span<UInt8>, into sink: inout some ByteSink) {
        for index in run.indices { encode(run[index], into: &sink) }
    }

    /// The last line gets no end that it did not have.
    mutating func finish(into sink: inout some ByteSink) {
        if holdsReturn { settleReturn(into: &sink) }
        endText(into: &sink)
        sink.put(line.span)
        self = Self(isText: isText)
    }

    private mutating func encode(_ byte: UInt8, into sink: inout some ByteSink) {
        if holdsReturn {
            if byte == ASCII.lf { return endLine(into: &sink) }
            settleReturn(into: &sink)
        }
        if byte == ASCII.cr, isText {
            holdsReturn = true
            return
        }
        if let blank = heldBlank {
            heldBlank = nil
            append(blank, into: &sink)
        }
        switch byte {
        case ASCII.space, ASCII.tab: heldBlank = byte
        case 0x21...0x3C, 0x3E...0x7E: append(byte, into: &sink)
        default: appendEscaped(byte, into: &sink)
        }
    }

    private mutating func endLine(into sink: inout some ByteSink) {
        holdsReturn = false
        endText(into: &sink)
        sink.put(line.span)
        sink.putLineEnd()
        line.removeAll(keepingCapacity: true)
    }

    /// The CR that no LF followed.
    private mutating func settleReturn(into sink: inout some ByteSink) {
        holdsReturn = false
        if let blank = heldBlank { append(blank, into: &sink) }
        heldBlank = nil
        appendEscaped(ASCII.cr, into: &sink)
    }

    private mutating func endText(into sink: inout some ByteSink) {
        if let blank = heldBlank { appendEscaped(blank, into: &sink) }
        heldBlank = nil
    }

    private mutating func append(_ byte: UInt8, into sink: inout some ByteSink) {
        makeRoom(for: 1, into: &sink)
        line.append(byte)
        if Self.isMisleading(line) { line = QuotedPrintable.escape(line[0]) + line.dropFirst() }
    }

    private mutating func appendEscaped(_ byte: UInt8, into sink: inout some ByteSink) {
        makeRoom(for: 3, into: &sink)
        line.putEscaped(byte)
    }

    private mutating func makeRoom(for count: Int, into sink: inout some ByteSink) {
        guard line.count + count >= QuotedPrintable.longestLine else { return }
        sink.put(line.span)
        sink.putSoftBreak()
        line.removeAll(keepingCapacity: true)
    }

    private static func isMisleading(_ line: [UInt8]) -> Bool {
        switch line.count {
        case 1: line[0] == UInt8(ascii: ".")
        case 2: line.elementsEqual("--".utf8)
        case 5: line.elementsEqual("From ".utf8)
        default: false
        }
    }
}

/// What encoder and mender share.
enum QuotedPrintable {
    /// With the `=` of a soft line break (6.7, rule 5).
    static let longestLine = 76

    static func escape(_ byte: UInt8) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.putEscaped(byte)
        return escaped
    }
}

extension ByteSink {
    mutating func putLineEnd() {
        put(ASCII.cr)
        put(ASCII.lf)
    }

    mutating func putEscaped(_ byte: UInt8) {
        put(UInt8(ascii: "="))
        for digit in [byte >> 4, byte & 15] { put(digit + UInt8(ascii: digit < 10 ? "0" : "7")) }
    }

    mutating func putSoftBreak() {
        put(UInt8(ascii: "="))
        putLineEnd()
    }
}
