// A message that is at hand whole, as a test mail is, signed by the rules for queued ones.
public import DKIMCore
public import MailCore
public import SmarthostConfiguration

extension KeyRing {
    /// The bytes for the wire, before dot-stuffing, and where the signatures' keys are published, none for an
    /// unsigned message. `body` has CRLF line ends. Throws DeliveryFailure in the phase `signing`: a message
    /// that should be signed and cannot be is not sent.
    public func signed(
        _ message: MessageToSign, body: [UInt8], _ choice: SigningChoice
    ) throws(DeliveryFailure) -> (content: [UInt8], signedBy: [String]) {
        let plain = message.header.serialized + [ASCII.cr, ASCII.lf] + body
        let signers = try signers(for: message.header, choice)
        guard !signers.isEmpty else { return (plain, []) }
        var signer = MessageSigner(signers)
        signer.update(body)
        do throws(DKIMError) {
            let fields = try signer.signatures(for: message)
            return (MessageHeader(fields: fields).serialized + plain, signers.map(\.keyName))
        } catch {
            throw .unsigned(signers, error)
        }
    }
}

extension Signer {
    /// Where the key is published.
    public var keyName: String { KeyRecord.name(selector: selector, domain: domain) }
}

extension DeliveryFailure {
    public static func unsigned(_ signers: [Signer], _ error: DKIMError) -> DeliveryFailure {
        let domain = signers.first.map { " for \($0.domain)" } ?? ""
        return DeliveryFailure(
            .transient, .message, .signing, "not sent, because it could not be signed\(domain): \(error)")
    }
}
