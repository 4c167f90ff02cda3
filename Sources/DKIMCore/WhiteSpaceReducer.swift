// What the relaxed body canonicalization does within lines (RFC 6376 3.4.4): a run of white space
// becomes one blank, and none is left at the end of a line. Long stretches in which there is nothing to
// do are found sixteen bytes at a time and passed on as they are.
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
        while position + 17 <= chunk.count {
            // In bounds: the second of the two overlapping blocks ends at position + 17.
            let block = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: Block.self)
            let next = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position + 1, as: Block.self)
            let isBeforeMore = (next .== ASCII.space) .| (next .== ASCII.tab) .| (next .== ASCII.cr)
            let isRun = (block .== ASCII.tab) .| ((block .== ASCII.space) .& isBeforeMore)
            let words = unsafeBitCast(isRun, to: SIMD2<UInt64>.self)
            if words[0] != 0 { return position + words[0].littleEndian.trailingZeroBitCount / 8 }
            if words[1] != 0 { return position + 8 + words[1].littleEndian.trailingZeroBitCount / 8 }
            position += 16
        }
        while position < chunk.count {
            if isRun(in: chunk, at: position) { return position }
            position += 1
        }
        return nil
    }

    private static func isRun(in chunk: Span<UInt8>, at position: Int) -> Bool {
        guard ASCII.isWhiteSpace(chunk[position]) else { return false }
        guard chunk[position] == ASCII.space, position + 1 < chunk.count else { return true }
        return ASCII.isWhiteSpace(chunk[position + 1]) || chunk[position + 1] == ASCII.cr
    }

    private typealias Block = SIMD16<UInt8>
    private static let blankAndCR: [UInt8] = [ASCII.space, ASCII.cr]
}
