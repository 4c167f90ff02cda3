// Quoted-printable that breaks its own rules (RFC 2045 6.7): lines too long get soft line breaks, 8-bit
// bytes, which every reader takes literally, are encoded. It decodes to what it decoded to before.
internal import MailCore

struct QuotedPrintableMender {
    private var column = 0
    /// Bytes that belong to an escape whose `=` was written.
    private var escapeLeft = 0
    /// Where blanks, too, are broken: they and a `=` must fit in a line that the relay takes.
    private let lastBlank: Int

    init(_ limits: TransportLimits) { lastBlank = limits.maximumLine - 1 }

    mutating func mend(_ run: Span<UInt8>, into sink: inout some ByteSink) {
        for index in run.indices { mend(run[index], into: &sink) }
    }

    private mutating func mend(_ byte: UInt8, into sink: inout some ByteSink) {
        switch byte {
        case ASCII.cr, ASCII.lf:
            column = 0
            escapeLeft = 0
            sink.put(byte)
        case 0x80...:
            makeRoom(for: 3, into: &sink)
            sink.putEscaped(byte)
            column += 3
        default:
            makeRoom(for: byte, into: &sink)
            sink.put(byte)
            column += 1
        }
    }

    private mutating func makeRoom(for byte: UInt8, into sink: inout some ByteSink) {
        if byte == UInt8(ascii: "=") {
            makeRoom(for: 3, into: &sink)
            escapeLeft = 2
        } else if escapeLeft > 0 {
            escapeLeft -= 1
        } else if ASCII.isWhiteSpace(byte), column < lastBlank {
            // Blanks at a line's end do not count (rule 3), but before a soft line break they would.
        } else {
            makeRoom(for: 1, into: &sink)
        }
    }

    private mutating func makeRoom(for count: Int, into sink: inout some ByteSink) {
        guard column + count >= QuotedPrintable.longestLine else { return }
        sink.putSoftBreak()
        column = 0
    }
}
