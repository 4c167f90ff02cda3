// Line ends as SMTP wants them, whatever a caller wrote: every line ends in CRLF, once, before
// anything is signed. A value fed in chunks of any split; it keeps count of what it mended and never
// throws.
//
// LF, CRLF and any run of CRs before an LF (what becomes of CRLF when LF is turned into CRLF again)
// are one line end. A CR that no LF follows is a line end in the body; up to the first empty line it
// becomes a blank, so that nobody smuggles a header field into another (`Subject: x<CR>Bcc: …`). NUL,
// which no SMTP server must take (RFC 5321 4.5.2, RFC 5322 4), is dropped.

/// The streaming normaliser of line ends.
public struct LineEnds: Sendable {
    /// What a CR without LF stands for.
    public enum BareReturn: Sendable {
        /// A line end in the body, a blank before it.
        case blankInHeader
        /// A line end everywhere.
        case lineEnd
    }

    /// What was met on the way. Sizes are those of the output.
    public struct Tally: Equatable, Sendable {
        public internal(set) var size = 0
        /// The longest line's bytes, its CRLF not counted (RFC 5321 4.5.3.1.6 allows 998).
        public internal(set) var longestLine = 0
        public internal(set) var hasEightBit = false
        public internal(set) var bareLF = 0
        public internal(set) var bareCR = 0
        /// Line ends of two or more CRs and an LF.
        public internal(set) var repeatedCR = 0
        public internal(set) var nul = 0
        /// Whether the last line had no end of its own.
        public internal(set) var lacksFinalLineEnd = false

        public init() {}

        /// How many places were not as they should be.
        public var mended: Int { bareLF + bareCR + repeatedCR + nul + (lacksFinalLineEnd ? 1 : 0) }
    }

    public private(set) var tally = Tally()
    private let bareReturn: BareReturn
    /// CRs at the end of what was read: the next byte says what they are.
    private var pendingReturns = 0
    /// More CRs than this before an LF are no accident; they must not pile up unseen either.
    private static let mostPendingReturns = 64
    private var lineLength = 0
    private var inHeader = true

    public init(bareReturn: BareReturn = .blankInHeader) { self.bareReturn = bareReturn }

    /// Appends the chunk to `output` with its line ends put right. A CR at the chunk's end waits for
    /// the next chunk.
    public mutating func normalize(_ chunk: Span<UInt8>, into output: inout [UInt8]) {
        let before = output.count
        chunk.withUnsafeBytes { normalize($0, into: &output) }
        tally.size += output.count - before
    }

    /// Ends the message: what waited is settled, and a last line without end gets one.
    public mutating func finish(into output: inout [UInt8]) {
        let before = output.count
        settleReturns(into: &output)
        if lineLength > 0 {
            tally.lacksFinalLineEnd = true
            endLine(into: &output)
        }
        tally.size += output.count - before
    }

    private mutating func normalize(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var copied = 0  // all before this is in the output, in the tally, or pending
        var position = 0
        while position < bytes.count {
            let stop = ByteScan.indexOfLineControl(in: bytes, from: position, eightBit: &tally.hasEightBit)
            if stop > position {
                settleReturns(into: &output)
                lineLength += stop - position
            }
            position = stop + 1
            guard stop < bytes.count else { break }
            if isPlainLineEnd(bytes, at: stop) {
                countLine()
                position += 1
                continue  // CRLF already: it stays part of the run
            }
            output.append(contentsOf: bytes[copied..<stop])
            copied = position
            take(control: bytes[stop], into: &output)
        }
        if copied < bytes.count { output.append(contentsOf: bytes[copied...]) }
    }

    private func isPlainLineEnd(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
        pendingReturns == 0 && bytes[index] == ASCII.cr && index + 1 < bytes.count
            && bytes[index + 1] == ASCII.lf
    }

    private mutating func take(control: UInt8, into output: inout [UInt8]) {
        switch control {
        case ASCII.cr:
            if pendingReturns == Self.mostPendingReturns { settleReturns(into: &output) }
            pendingReturns += 1
        case ASCII.lf:
            if pendingReturns == 0 { tally.bareLF += 1 }
            if pendingReturns > 1 { tally.repeatedCR += 1 }
            pendingReturns = 0
            endLine(into: &output)
        default: tally.nul += 1
        }
    }

    /// The CRs that no LF followed.
    private mutating func settleReturns(into output: inout [UInt8]) {
        guard pendingReturns > 0 else { return }
        for _ in 0..<pendingReturns {
            tally.bareCR += 1
            if inHeader, bareReturn == .blankInHeader {
                output.append(ASCII.space)
                lineLength += 1
            } else {
                endLine(into: &output)
            }
        }
        pendingReturns = 0
    }

    private mutating func endLine(into output: inout [UInt8]) {
        output.append(ASCII.cr)
        output.append(ASCII.lf)
        countLine()
    }

    private mutating func countLine() {
        if lineLength == 0 { inHeader = false }
        tally.longestLine = max(tally.longestLine, lineLength)
        lineLength = 0
    }
}
