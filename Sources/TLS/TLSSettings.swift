// What a TLS client asks of its peers. Sessions with equal settings may share a context, its
// trust anchors and its tickets, and so a pooled connection.

/// The settings of a ``TLSContext``.
public struct TLSSettings: Hashable, Sendable {
    /// Where the certificates of the trusted authorities come from.
    public enum Trust: Hashable, Sendable {
        /// The store of the system's OpenSSL.
        case system
        /// A file of certificates in PEM form.
        case file(String)
    }

    public var trust: Trust
    /// Whether the peer must prove its name; false only where the administrator switched it off.
    public var verifiesCertificate: Bool

    public init(trust: Trust = .system, verifiesCertificate: Bool = true) {
        self.trust = trust
        self.verifiesCertificate = verifiesCertificate
    }
}
