// What the relaxed body canonicalization does within lines (RFC 6376 3.4.4): a run of white space
// becomes one blank, and none is left at the end of a line. Long stretches in which there is nothing to
// do are found eight bytes at a time and passed on as they are.
import MailCore

struct WhiteSpaceReducer {
    /// What the end of the last chunk left open.
    private enum Held {
        case nothing, whiteSpace
        /// White space and a CR: the next byte shows whether the line ends here.
        case whiteSpaceAndCR
    }

    private var held = Held.nothing

    mutating func append(
        _ chunk: Span<UInt8>, to trimmer: inout BlankLineTrimmer, into sink: inout some CanonicalSink
    ) {
        guard !chunk.isEmpty else { return }
        var start = resolve(chunk, to: &trimmer, into: &sink)
        var position = start
        while let run = Self.nextRun(in: chunk, from: position) {
            trimmer.append(chunk.extracting(start..<run), into: &sink)
            start = close(chunk, from: run, to: &trimmer, into: &sink)
            position = start
            // A blank that was kept begins the next stretch; what follows it is no white space.
            if position < chunk.count, chunk[position] == ASCII.space { position += 1 }
        }
        trimmer.append(chunk.extracting(start..<chunk.count), into: &sink)
    }

    /// The end of the body is the end of its last line.
    mutating func finish(to trimmer: inout BlankLineTrimmer, into sink: inout some CanonicalSink) {
        if held == .whiteSpaceAndCR { trimmer.append(Self.blankAndCR.span, into: &sink) }
        held = .nothing
    }

    /// Settles what the last chunk left open; gives the position from which nothing has been passed on.
    private mutating func resolve(
        _ chunk: Span<UInt8>, to trimmer: inout BlankLineTrimmer, into sink: inout some CanonicalSink
    ) -> Int {
        switch held {
        case .nothing: return 0
        case .whiteSpace: return close(chunk, from: 0, to: &trimmer, into: &sink)
        case .whiteSpaceAndCR:
            held = .nothing
            let isLineEnd = chunk[0] == ASCII.lf
            let bytes = Self.blankAndCR.span
            trimmer.append(isLineEnd ? bytes.extracting(1..<2) : bytes, into: &sink)
            return 0
        }
    }

    /// Ends a run of white space that stands at `run` or began in an earlier chunk.
    private mutating func close(
        _ chunk: Span<UInt8>, from run: Int, to trimmer: inout BlankLineTrimmer,
        into sink: inout some CanonicalSink
    ) -> Int {
        var end = run
        while end < chunk.count, ASCII.isWhiteSpace(chunk[end]) { end += 1 }
        held = .nothing
        guard end < chunk.count else {
            held = .whiteSpace
            return end
        }
        if chunk[end] == ASCII.cr {
            guard end + 1 < chunk.count else {
                held = .whiteSpaceAndCR
                return end + 1
            }
            if chunk[end + 1] == ASCII.lf { return end }
        }
        if end > run, chunk[end - 1] == ASCII.space { return end - 1 }
        trimmer.append(Self.blankAndCR.span.extracting(0..<1), into: &sink)
        return end
    }

    /// The next white space that is not simply a blank between two other bytes of a line.
    private static func nextRun(in chunk: Span<UInt8>, from start: Int) -> Int? {
        let bytes = chunk.bytes
        var position = start
        // 0x80 where the byte before `position` is a blank.
        var blankBefore: UInt64 = 0
        while position <= chunk.count - 8 {
            let word = UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
            let blanks = matches(word, ASCII.space)
            let tabs = matches(word, ASCII.tab)
            let enders = blanks | tabs | matches(word, ASCII.cr)
            if blankBefore & enders != 0 { return position - 1 }
            let runs = tabs | blanks & enders >> 8
            if runs != 0 { return position + runs.trailingZeroBitCount / 8 }
            blankBefore = blanks >> 56
            position += 8
        }
        if blankBefore != 0 { position -= 1 }
        while position < chunk.count {
            if isRun(in: chunk, at: position) { return position }
            position += 1
        }
        return nil
    }

    /// 0x80 in each byte of the word that equals `byte`, else 0: adding 0x7F to the low seven bits of a
    /// difference carries unless they are all 0.
    private static func matches(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let difference = word ^ (0x0101_0101_0101_0101 &* UInt64(byte))
        return ~(((difference & low) &+ low) | difference | low)
    }

    private static func isRun(in chunk: Span<UInt8>, at position: Int) -> Bool {
        guard ASCII.isWhiteSpace(chunk[position]) else { return false }
        guard chunk[position] == ASCII.space, position + 1 < chunk.count else { return true }
        return ASCII.isWhiteSpace(chunk[position + 1]) || chunk[position + 1] == ASCII.cr
    }

    private static let blankAndCR: [UInt8] = [ASCII.space, ASCII.cr]
}
