// What a session must know of a message before it sends its content.
public import MailCore

/// A message's envelope and the properties of its content.
public struct OutgoingMessage: Sendable {
    public var envelope: Envelope
    /// The bytes of the content with CRLF line ends, before dot-stuffing (RFC 1870 3).
    public var size: Int
    /// Whether the content has bytes above 127. A relay without 8BITMIME gets it as it is: RFC 6152 has
    /// no better answer where nobody re-encodes, and the relays that would mangle it are gone.
    public var is8Bit: Bool
    /// What the sender wants to be told; where the relay does not offer DSN, it is not asked.
    public var notification: NotificationRequest?
    /// Goes only over TLS with a verified certificate to a relay that will do the same (RFC 8689).
    public var requiresTLS = false

    public init(_ envelope: Envelope, size: Int, is8Bit: Bool) {
        self.envelope = envelope
        self.size = size
        self.is8Bit = is8Bit
    }
}

/// Gives a message's bytes piece by piece, with CRLF line ends and before dot-stuffing, and nil at the end.
public typealias ContentSource = () async throws(DeliveryFailure) -> [UInt8]?
