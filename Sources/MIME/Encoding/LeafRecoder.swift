// Carries one treatment out on the content of one leaf.
internal import MailCore

struct LeafRecoder {
    private let treatment: Treatment
    private var quotedPrintable: QuotedPrintableEncoder
    private var base64 = Base64Encoder()
    private var wrapper = Base64Wrapper()
    private var mender: QuotedPrintableMender

    init(_ treatment: Treatment, of leaf: Leaf, for limits: TransportLimits) {
        self.treatment = treatment
        mender = QuotedPrintableMender(limits)
        quotedPrintable = QuotedPrintableEncoder(isText: leaf == .plain(isText: true))
    }

    mutating func recode(_ run: Span<UInt8>, into sink: inout some ByteSink) {
        switch treatment {
        case .untouched, .relabelled: sink.put(run)
        case .rewrapped: wrapper.wrap(run, into: &sink)
        case .mended: mender.mend(run, into: &sink)
        case .quotedPrintable: quotedPrintable.encode(run, into: &sink)
        case .base64: base64.encode(run, into: &sink)
        }
    }

    /// `atDelimiter`: the line end that follows belongs to a delimiter.
    mutating func finish(atDelimiter: Bool, into sink: inout some ByteSink) {
        switch treatment {
        case .untouched, .relabelled, .rewrapped, .mended: break
        case .quotedPrintable: quotedPrintable.finish(into: &sink)
        case .base64: base64.finish(endsLine: !atDelimiter, into: &sink)
        }
    }
}
