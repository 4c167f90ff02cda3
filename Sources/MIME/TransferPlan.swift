// How a message must be encoded for its relay, as an inspection found. Nothing here throws.
public import MailCore

/// One decision for each entity; makes as many encoders as there are readings of the body.
public struct TransferPlan: Sendable {
    let limits: TransportLimits
    let treatments: [Treatment]
    /// The header that the body was inspected with.
    let messageHeader: MessageHeader
    /// The size of the encoded body in bytes.
    public let encodedBodySize: Int

    /// The message's header as it goes with the encoded body: Content-Transfer-Encoding in its place or at the
    /// end. Where MIME-Version and Content-Type are missing they are added.
    public func header(_ original: MessageHeader) -> MessageHeader {
        let treatment = treatment(of: 0)
        let header = original.treated(treatment, for: limits)
        let lacksVersion =
            treatment == .relabelled && header.first(named: "MIME-Version") == nil
            && header.first(named: "Content-Type") != nil
        return lacksVersion ? header.introduced(.version) : header
    }

    public func makeEncoder() -> BodyEncoder { BodyEncoder(self) }

    func treatment(of index: Int) -> Treatment {
        treatments.indices.contains(index) ? treatments[index] : .untouched
    }
}
