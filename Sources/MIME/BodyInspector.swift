// The first reading of a body: can the message travel as it is, how must it be encoded, or why can it not
// travel at all? Memory is bounded by the number of parts, not by their size. Nothing here throws.
//
// Only lines count. A message whose lines are within the limits fits, however malformed its MIME is.
public import MailCore

/// Reads a body, in chunks of any split, and judges it. Its line ends must be CRLF, as `LineEnds` makes them.
public struct BodyInspector: Sendable {
    private var scanner = EntityScanner()
    private var survey: BodySurvey
    private let header: MessageHeader

    public init(header: MessageHeader, limits: TransportLimits) {
        self.header = header
        survey = BodySurvey(limits: limits)
        scanner.start(header, visitor: &survey)
    }

    public mutating func update(_ chunk: Span<UInt8>) { scanner.scan(chunk, visitor: &survey) }

    /// Ends the body.
    public consuming func finish() -> BodyVerdict {
        var (scanner, survey) = (scanner, survey)
        scanner.finish(visitor: &survey)
        return survey.verdict(for: header)
    }
}

/// Writes down what must be done to each entity, and what cannot be.
private struct BodySurvey: EntityVisitor {
    /// More are not remembered.
    static let mostEntities = 10_000

    let limits: TransportLimits
    private var treatments: [Treatment] = []
    private var needsChange = false
    private var refusal: DeliveryFailure?
    private var encodedSize = 0
    private var entityCount = 0
    private var leaf: LeafSurvey?
    /// Of the text around parts that is being read.
    private var unreadLines = LineStatistics()
    private var unreadText: UnreadText
    private var unreadPlace = ""

    init(limits: TransportLimits) {
        self.limits = limits
        unreadText = UnreadText(limits)
    }

    func verdict(for header: MessageHeader) -> BodyVerdict {
        if let refusal { return .refused(refusal) }
        guard needsChange else { return .fits }
        guard entityCount <= Self.mostEntities else { return .refused(.tooManyParts(Self.mostEntities)) }
        return .needs(
            TransferPlan(
                limits: limits, treatments: treatments, messageHeader: header, encodedBodySize: encodedSize))
    }

    mutating func begin(_ entity: Entity) {
        entityCount += 1
        judgeHeader(of: entity)
        unreadPlace = entity.name
        switch entity.content {
        case .leaf(let kind): leaf = LeafSurvey(entity, kind, limits: limits)
        case .multipart, .message: decide(.relabelled, for: entity)
        }
    }

    /// The message's own header is not the body's matter.
    private mutating func judgeHeader(of entity: Entity) {
        guard entity.index > 0 else { return }
        var lines = LineStatistics()
        lines.update(entity.header.serialized.span)
        if let excess = lines.excess(over: limits) { refuse(.header(of: entity, excess, limits)) }
    }

    private mutating func decide(_ treatment: Treatment, for entity: Entity) {
        if treatment.changesContent { needsChange = true }
        if entity.index < Self.mostEntities { treatments.append(treatment) }
        guard entity.index > 0 else { return }
        encodedSize += entity.header.treated(treatment, for: limits).serialized.count
        encodedSize += entity.hasEmptyLine ? 2 : 0
    }

    private mutating func refuse(_ failure: DeliveryFailure) { refusal = refusal ?? failure }

    mutating func content(_ run: Span<UInt8>) { leaf?.update(run) }

    mutating func meetArmor() { leaf?.hasArmor = true }

    mutating func endContent(atDelimiter: Bool) {
        guard var survey = leaf.take() else { return }
        switch survey.finish(atDelimiter: atDelimiter) {
        case .treat(let treatment, let size):
            decide(treatment, for: survey.entity)
            encodedSize += size
        case .refuse(let failure):
            decide(.untouched, for: survey.entity)
            refuse(failure)
        }
    }

    mutating func beginUnread() {
        unreadLines = LineStatistics()
        unreadText = UnreadText(limits)
    }

    mutating func unread(_ run: Span<UInt8>) {
        unreadLines.update(run)
        var size = ByteCount()
        unreadText.mend(run, into: &size)
        encodedSize += size.value
    }

    mutating func endUnread(isWhole: Bool) {
        guard let excess = unreadLines.excess(over: limits) else { return }
        if isWhole { refuse(.noParts(around: unreadPlace, excess, limits)) }
        needsChange = true
    }

    mutating func delimiter(_ run: Span<UInt8>) { encodedSize += run.count }
}
