// Looks at the content of one leaf as it streams by, and decides at its end what becomes of it.
internal import MailCore

struct LeafSurvey {
    let entity: Entity
    let leaf: Leaf
    private let limits: TransportLimits
    private var lines = LineStatistics()
    private var guess = CharsetGuess()
    private var size = 0
    /// A PGP message stands in the text.
    var hasArmor = false
    /// Does what would be done, for its size.
    private var recoder: LeafRecoder
    private var recodedSize = ByteCount()

    init(_ entity: Entity, _ leaf: Leaf, limits: TransportLimits) {
        self.entity = entity
        self.leaf = leaf
        self.limits = limits
        let treatment: Treatment =
            switch leaf {
            case .plain: .quotedPrintable(.none)
            case .quotedPrintable: .mended
            case .base64: .rewrapped
            case .fixed: .untouched
            }
        recoder = LeafRecoder(treatment, of: leaf, for: limits)
    }

    mutating func update(_ run: Span<UInt8>) {
        size += run.count
        lines.update(run)
        guess.update(run)
        recoder.recode(run, into: &recodedSize)
    }

    enum Decision {
        case treat(Treatment, contentSize: Int)
        case refuse(DeliveryFailure)
    }

    mutating func finish(atDelimiter: Bool) -> Decision {
        guard let excess = lines.excess(over: limits) else {
            if case .plain = leaf { return .treat(.relabelled, contentSize: size) }
            return .treat(.untouched, contentSize: size)
        }
        guard !hasArmor else { return .refuse(.fixed(entity, excess, .signed, limits)) }
        recoder.finish(atDelimiter: atDelimiter, into: &recodedSize)
        switch leaf {
        case .plain: return shorterEncoding(atDelimiter: atDelimiter)
        case .quotedPrintable: return .treat(.mended, contentSize: recodedSize.value)
        case .base64 where lines.hasEightBit: return .refuse(.fixed(entity, .eightBit, .notBase64, limits))
        case .base64: return .treat(.rewrapped, contentSize: recodedSize.value)
        case .fixed(let fixture): return .refuse(.fixed(entity, excess, fixture, limits))
        }
    }

    /// Quoted-printable where both are equally long: it can be read without a decoder.
    private func shorterEncoding(atDelimiter: Bool) -> Decision {
        let introduction = Introduction(
            for: entity.header, isMessage: entity.isMessage, charset: guess.charset)
        let base64Size = Base64Encoder.encodedSize(of: size, endsLine: !atDelimiter)
        return recodedSize.value <= base64Size
            ? .treat(.quotedPrintable(introduction), contentSize: recodedSize.value)
            : .treat(.base64(introduction), contentSize: base64Size)
    }
}
