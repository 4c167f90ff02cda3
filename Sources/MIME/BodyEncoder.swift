// The second reading of a body: the same bytes come by again and leave encoded as planned.
internal import MailCore

/// Encodes a body, in chunks of any split. What it gives depends on the bytes alone, not on the split.
public struct BodyEncoder: Sendable {
    private var scanner = EntityScanner()
    private var rewriter: BodyRewriter

    init(_ plan: TransferPlan) {
        rewriter = BodyRewriter(plan: plan)
        scanner.start(plan.messageHeader, visitor: &rewriter)
    }

    /// Appends to `output` what can be said by now; up to a line or a part's header waits.
    public mutating func update(_ chunk: Span<UInt8>, into output: inout [UInt8]) {
        swap(&rewriter.output, &output)
        scanner.scan(chunk, visitor: &rewriter)
        swap(&rewriter.output, &output)
    }

    /// Ends the body.
    public mutating func finish(into output: inout [UInt8]) {
        swap(&rewriter.output, &output)
        scanner.finish(visitor: &rewriter)
        swap(&rewriter.output, &output)
    }
}

private struct BodyRewriter: EntityVisitor {
    let plan: TransferPlan
    var output: [UInt8] = []
    private var leaf: LeafRecoder
    private var unreadText: UnreadText

    init(plan: TransferPlan) {
        self.plan = plan
        leaf = LeafRecoder(.untouched, of: .plain(isText: true), for: plan.limits)
        unreadText = UnreadText(plan.limits)
    }

    mutating func begin(_ entity: Entity) {
        let treatment = plan.treatment(of: entity.index)
        if case .leaf(let kind) = entity.content { leaf = LeafRecoder(treatment, of: kind, for: plan.limits) }
        guard entity.index > 0 else { return }
        output += entity.header.treated(treatment, for: plan.limits).serialized
        if entity.hasEmptyLine { output.putLineEnd() }
    }

    mutating func content(_ run: Span<UInt8>) { leaf.recode(run, into: &output) }

    mutating func meetArmor() {}

    mutating func endContent(atDelimiter: Bool) { leaf.finish(atDelimiter: atDelimiter, into: &output) }

    mutating func beginUnread() { unreadText = UnreadText(plan.limits) }

    mutating func unread(_ run: Span<UInt8>) { unreadText.mend(run, into: &output) }

    mutating func endUnread(isWhole: Bool) {}

    mutating func delimiter(_ run: Span<UInt8>) { output.put(run) }
}
