// What can be wrong with the keys, names and messages that our own side hands to a Signer.

/// Why a key, a record or a signer could not be made, or a message not be signed; the description is one
/// line for a person, to be put behind the name of the file or section concerned.
public enum DKIMError: Error, Equatable, Sendable {
    /// The PEM is protected by a passphrase, which a daemon cannot ask for.
    case encryptedKey
    /// The bytes hold no private key that OpenSSL can read; its reason.
    case noPrivateKey(String)
    /// Not the 32 bytes that an Ed25519 key is made of.
    case invalidSeed
    /// Neither RSA nor Ed25519.
    case unsupportedKey
    /// RSA of so many bits: RFC 8301 3.2 demands 1024 to 4096.
    case keySize(Int)
    /// d= is not a domain name.
    case invalidDomain(String)
    /// s= is not a name of dot-separated labels.
    case invalidSelector(String)
    /// i= does not end in d= or a domain below it (RFC 6376 3.5).
    case invalidIdentity(String)
    /// A field that must not be signed, or whose name cannot be one.
    case unsignableField(String)
    /// The lifetime that x= follows from is not positive.
    case invalidLifetime
    /// The message lacks the one field that every signature covers (RFC 6376 5.4).
    case missingFrom
    /// A TXT record that is not a DKIM key record; what is wrong with it.
    case malformedRecord(String)
    /// OpenSSL failed; its reason.
    case cryptography(String)
}

extension DKIMError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .encryptedKey:
            "the key is protected by a passphrase; write it without one: openssl pkey -in OLD -out NEW"
        case .noPrivateKey(let reason):
            "no private key in PEM form (PKCS #1 or PKCS #8) could be read: \(reason)"
        case .invalidSeed:
            "no Ed25519 seed could be read: 32 bytes in base 64 are wanted, 44 characters of which the last is ="
        case .unsupportedKey: "the key is neither RSA nor Ed25519; make one with: smarthostctl dkim keygen"
        case .keySize(let bits):
            "the RSA key has \(bits) bits; 1024 to 4096 are allowed (RFC 8301), 2048 are advised"
        case .invalidDomain(let name):
            "'\(name)' is not a domain name (labels of letters, digits and hyphens, with dots between them)"
        case .invalidSelector(let name):
            "'\(name)' is not a selector (letters, digits, hyphens, and dots between them)"
        case .invalidIdentity(let text):
            "i=\(text) is not an address or @domain in the signing domain or below it"
        case .unsignableField(let name): "the field '\(name)' cannot be signed (RFC 6376 5.4)"
        case .invalidLifetime: "a signature's lifetime must be at least one second"
        case .missingFrom: "the message has no From field, which every DKIM signature must cover"
        case .malformedRecord(let reason): "not a DKIM key record: \(reason)"
        case .cryptography(let reason): "OpenSSL: \(reason)"
        }
    }
}
