// The TXT record at SELECTOR._domainkey.DOMAIN that publishes a key (RFC 6376 3.6.1). Reading one throws
// DKIMError.malformedRecord, whatever the bytes are.
import MailCore

/// A key record. What a verifier does not know of it is kept as text or passed over, as the RFC asks.
public struct KeyRecord: Equatable, Sendable {
    /// k=: `rsa`, `ed25519` or what the future brings.
    public let keyType: String
    /// p=, decoded; empty for a key that was revoked.
    public let publicKey: [UInt8]
    /// h=; nil for any.
    public let hashAlgorithms: [String]?
    /// s=: `*` or `email` for mail.
    public let services: [String]
    /// t=: `y` for a domain that tests, `s` for one whose i= must not name a domain below d=.
    public let flags: [String]
    /// n=: what the domain's administrators note for others.
    public let notes: String?
    /// Tags that RFC 6376 does not know, which verifiers pass over.
    public let unknownTags: [String: String]

    /// The key was withdrawn (RFC 6376 3.6.1, p=).
    public var isRevoked: Bool { publicKey.isEmpty }
    /// The domain tests: a failure must not be held against it.
    public var isTesting: Bool { flags.contains("y") }
    public var isForMail: Bool { services.contains { $0 == "*" || $0 == "email" } }
    public var allowsSHA256: Bool { hashAlgorithms?.contains("sha256") ?? true }
    /// The algorithm that k= asks for; nil for a future one.
    public var algorithm: SignatureAlgorithm? {
        SignatureAlgorithm.allCases.first { $0.keyType == keyType }
    }
    /// The size of the key; nil where p= holds none of the kind that k= says.
    public var keyBits: Int? { algorithm.flatMap { PublicKey.parse(publicKey, for: $0) }?.bits }

    /// The record that publishes a private key's other half. For RSA p= is a SubjectPublicKeyInfo, for
    /// Ed25519 the 32 bytes at the end of one (RFC 8463 4.2).
    public init(for key: SigningKey) throws(DKIMError) {
        self.init(key.algorithm, info: try key.publicKeyInfo())
    }

    /// The record for a public key in PEM; nil where the bytes hold none that DKIM knows.
    public init?(publicKeyPEM pem: [UInt8]) {
        guard let key = PublicKey.parse(pem: pem), let algorithm = key.algorithm, let info = key.publicKeyInfo
        else { return nil }
        self.init(algorithm, info: info)
    }

    private init(_ algorithm: SignatureAlgorithm, info: [UInt8]) {
        keyType = algorithm.keyType
        publicKey = algorithm == .ed25519SHA256 ? info.suffix(32) : info
        hashAlgorithms = nil
        services = ["*"]
        flags = []
        notes = nil
        unknownTags = [:]
    }

    /// Reads a record, its strings joined without anything between them (RFC 6376 3.6.2.2).
    public init(parsing bytes: [UInt8]) throws(DKIMError) {
        let tags: TagList
        do { tags = try TagList(bytes[...]) } catch { throw .malformedRecord(error.description) }
        if let version = tags["v"] {
            guard tags.firstName == "v", version.elementsEqual("DKIM1".utf8) else {
                throw .malformedRecord("v= must come first and be DKIM1")
            }
        }
        guard let encoded = tags["p"] else { throw .malformedRecord("there is no p= in it") }
        guard let publicKey = Base64.decode(encoded) else {
            throw .malformedRecord("p= is not base 64")
        }
        self.publicKey = publicKey
        keyType = tags.text("k") ?? "rsa"
        hashAlgorithms = tags.list("h")
        services = tags.list("s") ?? ["*"]
        flags = tags.list("t") ?? []
        notes = tags["n"].map { QuotedPrintable.decode($0) ?? String(printable: $0) }
        unknownTags = tags.texts(except: Self.knownTags)
    }

    private static let knownTags: Set = ["v", "h", "k", "n", "p", "s", "t"]

    /// The record's text, as a web form wants it.
    public var text: String { "v=DKIM1; k=\(keyType); p=\(Base64.encode(publicKey))" }

    /// Where a record stands, without a final dot.
    public static func name(selector: String, domain: String) -> String {
        "\(selector)._domainkey.\(domain)"
    }
}
