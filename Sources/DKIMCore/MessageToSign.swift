// What a signature is made for: a message in the form in which it goes on the wire, on its way to the
// recipients of its envelope.
public import MailCore

/// A message about to be signed. Its body comes separately, as a hash.
public struct MessageToSign: Sendable {
    public var header: MessageHeader
    /// The final envelope, where there is one. No signature of RFC 6376 covers it; those of its successors
    /// (DKIM2) bind it.
    public var envelope: Envelope?
    /// Seconds since 1970.
    public var time: Int64
    /// Names of fields that are not signed this time, because the relay is known to rewrite them.
    public var skippedFields: [String]

    public init(
        _ header: MessageHeader, envelope: Envelope?, at time: Int64, skippedFields: [String] = []
    ) {
        self.header = header
        self.envelope = envelope
        self.time = time
        self.skippedFields = skippedFields
    }
}
