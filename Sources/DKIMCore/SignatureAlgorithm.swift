// The algorithms of a= that may be used: rsa-sha1 is gone since RFC 8301 3.1.

/// How a signature is made; the raw value is the text of a=.
public enum SignatureAlgorithm: String, CaseIterable, Sendable {
    /// RFC 6376 3.3.2.
    case rsaSHA256 = "rsa-sha256"
    /// RFC 8463.
    case ed25519SHA256 = "ed25519-sha256"

    /// The text of k= in the key's record.
    public var keyType: String { self == .rsaSHA256 ? "rsa" : "ed25519" }
}
