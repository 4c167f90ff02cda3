// What a relay can take, in what way a body may exceed it, and what can be done about that.
public import MailCore

/// What a message's lines may be on the way to a relay.
public struct TransportLimits: Hashable, Sendable {
    /// Whether bytes above 127 may travel: the relay offers 8BITMIME (RFC 6152).
    public var allows8Bit: Bool
    /// The longest line in bytes, its CRLF not counted (RFC 5321 4.5.3.1.6, RFC 5322 2.1.1). At least 100.
    public var maximumLine: Int

    public init(allows8Bit: Bool, maximumLine: Int = 998) {
        self.allows8Bit = allows8Bit
        self.maximumLine = max(maximumLine, 100)
    }
}

/// What an inspection found.
public enum BodyVerdict: Sendable {
    /// The message can travel as it is.
    case fits
    /// It can travel when it is encoded like this.
    case needs(TransferPlan)
    /// It cannot travel: 5.6.3 (RFC 3463 3.7), or 5.6.7 where the header of a part has 8-bit bytes.
    case refused(DeliveryFailure)
}

/// A way in which some lines exceed the limits.
enum Excess: Equatable {
    case eightBit
    case longLine
}
