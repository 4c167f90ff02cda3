// Why a message cannot travel, in one line: what, where, and what to do.
internal import MailCore

extension DeliveryFailure {
    /// Conversion is required and cannot be done (RFC 3463 3.7).
    private static let conversionImpossible = EnhancedStatusCode(5, 6, 3)
    /// RFC 6531 4.3's code for a header that needs SMTPUTF8.
    private static let headerNeedsUTF8 = EnhancedStatusCode(5, 6, 7)

    private static func refusal(_ enhanced: EnhancedStatusCode, _ text: String) -> DeliveryFailure {
        DeliveryFailure(.permanent, .message, .content, enhanced: enhanced, text)
    }

    static func fixed(
        _ entity: Entity, _ excess: Excess, _ fixture: Fixture, _ limits: TransportLimits
    ) -> DeliveryFailure {
        refusal(
            conversionImpossible,
            "\(entity.name) \(excess.finding(limits)), and \(fixture.rawValue); \(excess.advice)")
    }

    static func header(
        of entity: Entity, _ excess: Excess, _ limits: TransportLimits
    ) -> DeliveryFailure {
        switch excess {
        case .eightBit:
            refusal(
                headerNeedsUTF8,
                "the header of \(entity.name) \(excess.finding(limits)), and header fields need SMTPUTF8 for "
                    + "that; write them as RFC 2047 and RFC 2231 ask, or use a relay with SMTPUTF8")
        case .longLine:
            refusal(
                conversionImpossible,
                "the header of \(entity.name) \(excess.finding(limits)); let the sending program fold it")
        }
    }

    static func noParts(
        around place: String, _ excess: Excess, _ limits: TransportLimits
    ) -> DeliveryFailure {
        refusal(
            conversionImpossible,
            "\(place) \(excess.finding(limits)), and its boundary stands nowhere in it; let the sending "
                + "program write the boundary that its Content-Type names")
    }

    static func tooManyParts(_ limit: Int) -> DeliveryFailure {
        refusal(
            conversionImpossible,
            "the message has to be encoded for this relay, and it has more than \(limit) parts; send it in "
                + "quoted-printable or base64, or through a relay that offers 8BITMIME")
    }
}

extension Excess {
    /// What follows "part 2 …".
    fileprivate func finding(_ limits: TransportLimits) -> String {
        switch self {
        case .eightBit: "has 8-bit bytes, which this relay does not take (no 8BITMIME)"
        case .longLine: "has a line of more than \(limits.maximumLine) bytes (RFC 5321 4.5.3.1.6)"
        }
    }

    fileprivate var advice: String {
        switch self {
        case .eightBit:
            "let the sending program write it in quoted-printable or base64, or use a relay with 8BITMIME"
        case .longLine: "let the sending program break its lines, or write it in quoted-printable or base64"
        }
    }
}
