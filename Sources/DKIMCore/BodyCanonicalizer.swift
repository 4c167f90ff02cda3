// A message body, fed in chunks of any size, into its canonical form (RFC 6376 3.4.3 and 3.4.4). Holds a
// few counters, whatever the body is.

struct BodyCanonicalizer {
    let canonicalization: Canonicalization
    private var reducer = WhiteSpaceReducer()
    private var trimmer = BlankLineTrimmer()

    init(_ canonicalization: Canonicalization) { self.canonicalization = canonicalization }

    mutating func update(_ chunk: Span<UInt8>, into sink: inout some CanonicalSink) {
        switch canonicalization {
        case .simple: trimmer.append(chunk, into: &sink)
        case .relaxed: reducer.append(chunk, to: &trimmer, into: &sink)
        }
    }

    mutating func finish(into sink: inout some CanonicalSink) {
        reducer.finish(to: &trimmer, into: &sink)
        trimmer.finish(endsEmptyBody: canonicalization == .simple, into: &sink)
    }
}
