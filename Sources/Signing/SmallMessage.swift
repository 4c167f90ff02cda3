// A message that is at hand whole, as a test mail is, signed by the rules for queued ones.
public import DKIMCore
public import MailCore

extension KeyRing {
    /// The bytes for the wire, before dot-stuffing, and where the signature's key is published; nil for a
    /// message that no key is meant for. `body` has CRLF line ends. Throws DeliveryFailure in the phase
    /// `signing`: a message that should be signed and cannot be is not sent.
    public func signed(
        _ header: MessageHeader, body: [UInt8], at seconds: Int64
    ) throws(DeliveryFailure) -> (content: [UInt8], signedBy: String?) {
        let plain = header.serialized + [ASCII.cr, ASCII.lf] + body
        guard let signer = try signer(for: header) else { return (plain, nil) }
        var hasher = signer.makeBodyHasher()
        hasher.update(body)
        do throws(DKIMError) {
            let field = try signer.signature(
                for: MessageToSign(header, envelope: nil, at: seconds), bodyHash: hasher.finish())
            return (
                field.bytes + [ASCII.cr, ASCII.lf] + plain, "\(signer.selector)._domainkey.\(signer.domain)"
            )
        } catch {
            throw .unsigned(domain: signer.domain, error)
        }
    }
}

extension DeliveryFailure {
    public static func unsigned(domain: String, _ error: DKIMError) -> DeliveryFailure {
        DeliveryFailure(
            .transient, .message, .signing, "not sent, because it could not be signed for \(domain): \(error)"
        )
    }
}
