// The rule that both body canonicalizations share: empty lines at the end of a body do not count
// (RFC 6376 3.4.3). What may turn out to be one is counted, never stored.
import MailCore

/// Where canonical bytes go.
protocol CanonicalSink {
    mutating func append(_ run: Span<UInt8>)
}

/// Passes a body on but for the line ends at its end, of which it then gives one.
struct BlankLineTrimmer {
    /// CRLFs that came last and have not been passed on.
    private var heldLines = 0
    /// A CR came last; the next byte shows whether it begins a line end.
    private var holdsCR = false
    /// Nothing has been passed on.
    private var isEmpty = true

    mutating func append(_ run: Span<UInt8>, into sink: inout some CanonicalSink) {
        guard !run.isEmpty else { return }
        var start = 0
        var end = run.count
        if holdsCR {
            holdsCR = false
            if run[0] == ASCII.lf {
                heldLines += 1
                start = 1
            } else {
                releaseCR(into: &sink)
            }
        }
        if end > start, run[end - 1] == ASCII.cr {
            holdsCR = true
            end -= 1
        }
        var lines = 0
        while end - start >= 2, run[end - 1] == ASCII.lf, run[end - 2] == ASCII.cr {
            lines += 1
            end -= 2
        }
        if start < end {
            releaseLines(into: &sink)
            sink.append(run.extracting(start..<end))
        }
        heldLines += lines
    }

    /// Ends the body with one CRLF, added if it had none; an empty one stays empty unless
    /// `endsEmptyBody` (the difference between simple and relaxed).
    mutating func finish(endsEmptyBody: Bool, into sink: inout some CanonicalSink) {
        if holdsCR {
            holdsCR = false
            releaseCR(into: &sink)
        }
        if !isEmpty || endsEmptyBody { sink.append(Self.lineEnds.span.extracting(0..<2)) }
    }

    private mutating func releaseCR(into sink: inout some CanonicalSink) {
        releaseLines(into: &sink)
        sink.append(Self.lineEnds.span.extracting(0..<1))
    }

    private mutating func releaseLines(into sink: inout some CanonicalSink) {
        isEmpty = false
        while heldLines > 0 {
            let count = min(heldLines, Self.lineEnds.count / 2)
            sink.append(Self.lineEnds.span.extracting(0..<(2 * count)))
            heldLines -= count
        }
    }

    private static let lineEnds = [UInt8]((0..<512).map { $0 % 2 == 0 ? ASCII.cr : ASCII.lf })
}
