// A domain's private key. Throws DKIMError; neither errors, descriptions nor mirrors show the key.

/// A private key for signing. It is a handle: copies share one key, which is overwritten and freed with the
/// last of them. It may be used from several threads at once.
public struct SigningKey: Sendable {
    /// How it signs.
    public let algorithm: SignatureAlgorithm
    /// The size of the modulus (RSA) or 256 (Ed25519).
    public let bits: Int
    let privateKey: PrivateKey

    /// Reads an unencrypted PEM, PKCS #1 or PKCS #8. The bytes are overwritten when the caller gives them up.
    public init(pem: consuming [UInt8]) throws(DKIMError) {
        try self.init(PrivateKey.parse(pem: pem))
    }

    /// Makes the Ed25519 key of a seed (RFC 8032 5.1.5): 32 bytes, or their base 64 as dkimpy's key files
    /// hold it. The bytes are overwritten when the caller gives them up.
    public init(ed25519Seed seed: consuming [UInt8]) throws(DKIMError) {
        try self.init(PrivateKey.derive(ed25519Seed: seed))
    }

    /// Makes a new key; `bits` concerns RSA only, which takes a tenth of a second and more.
    public static func generate(
        _ algorithm: SignatureAlgorithm = .rsaSHA256, bits: Int = 2048
    ) throws(DKIMError) -> SigningKey {
        guard algorithm != .rsaSHA256 || allowedBits.contains(bits) else { throw .keySize(bits) }
        return try SigningKey(PrivateKey.generate(algorithm, bits: bits))
    }

    private init(_ privateKey: PrivateKey) throws(DKIMError) {
        guard let algorithm = privateKey.algorithm else { throw .unsupportedKey }
        bits = privateKey.bits
        guard algorithm != .rsaSHA256 || Self.allowedBits.contains(bits) else { throw .keySize(bits) }
        self.algorithm = algorithm
        self.privateKey = privateKey
    }

    /// What to tell the owner of a key that is allowed but should be replaced (RFC 8301 3.2); nil for a good one.
    public var warning: String? {
        guard algorithm == .rsaSHA256, bits < 2048 else { return nil }
        return "the RSA key has only \(bits) bits; signers should use 2048 or more (RFC 8301)"
    }

    /// SubjectPublicKeyInfo in DER.
    public func publicKeyInfo() throws(DKIMError) -> [UInt8] { try privateKey.publicKeyInfo() }

    /// Lends the key as PKCS #8 in PEM, to be written to its file; the memory is overwritten afterwards.
    public func withPEM(_ body: (Span<UInt8>) throws -> Void) throws {
        guard try privateKey.withPEM(body) else {
            throw DKIMError.cryptography("the key could not be written as PEM")
        }
    }

    private static let allowedBits = 1024...4096
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind and size, nothing of the key itself.
    public var description: String { "\(algorithm.keyType) key of \(bits) bits" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["algorithm": algorithm, "bits": bits]) }
}
