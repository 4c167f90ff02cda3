// All signatures of one message, by an RSA and an Ed25519 key say, in one pass over its body. Throws
// DKIMError.
public import MailCore

/// A message being signed by several keys: fed with its body, then asked for the fields.
///
/// Signers with the same body canonicalization share a hash. No signature covers another (RFC 6376 5.4), so
/// that a relay may remove either.
public struct MessageSigner: Sendable {
    /// In the order in which their fields stand.
    private let signers: [Signer]
    private var hashers: [BodyHasher] = []

    /// RSA's signatures stand above those of Ed25519, for simple verifiers look at the topmost only and may
    /// not know the latter (RFC 8463 3); otherwise the order is kept.
    public init(_ signers: [Signer]) {
        self.signers =
            signers.filter { $0.algorithm == .rsaSHA256 } + signers.filter { $0.algorithm != .rsaSHA256 }
        for canonicalization in Canonicalization.allCases
        where signers.contains(where: { $0.policy.bodyCanonicalization == canonicalization }) {
            hashers.append(BodyHasher(canonicalization))
        }
    }

    /// Takes the next bytes of the body, with CRLF line ends; where it is split does not matter.
    public mutating func update(_ chunk: Span<UInt8>) {
        for index in hashers.indices { hashers[index].update(chunk) }
    }

    /// Takes the next bytes of the body, with CRLF line ends; where it is split does not matter.
    public mutating func update(_ chunk: ArraySlice<UInt8>) { update(chunk.span) }

    /// Takes the next bytes of the body, with CRLF line ends; where it is split does not matter.
    public mutating func update(_ chunk: [UInt8]) { update(chunk.span) }

    /// The fields in the order in which they stand on top of the header; none without signers. What one
    /// signer cannot do fails all.
    public consuming func signatures(for message: MessageToSign) throws(DKIMError) -> [HeaderField] {
        let hashes = hashers.map { $0.finish() }
        let fields = FieldStack(message.header.fields)
        var result: [HeaderField] = []
        for signer in signers {
            for hash in hashes where hash.canonicalization == signer.policy.bodyCanonicalization {
                result.append(try signer.signature(for: message, fields, bodyHash: hash))
            }
        }
        return result
    }
}
