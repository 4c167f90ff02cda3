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

    /// How a peer proves who it is.
    public enum Verification: Hashable, Sendable {
        /// By a certificate that bears its name (RFC 9525), issued by a trusted authority and, where there is
        /// a file of revocation lists (PEM), not on one of them.
        case authority(Trust, revocationLists: String?)
        /// By this very certificate, whatever stands in it.
        case fingerprint(Fingerprint)
        /// Not at all: where the administrator switched it off, and in opportunistic TLS.
        case off
    }

    public var verification: Verification
    /// What we show to a server that asks who we are.
    public var clientCertificate: ClientCertificate?
    /// Ciphers in OpenSSL's words (openssl-ciphers(1)); nil for those with forward secrecy. Words that begin
    /// with `TLS_` are suites of TLS 1.3; the word `TLSv1.3`, or suites of it only, exclude older versions.
    public var ciphers: String?
    /// The shortest prime of a finite-field Diffie-Hellman exchange that is taken, beside OpenSSL's own limit.
    public var minimumDHBits: Int?

    public init(
        _ verification: Verification, clientCertificate: ClientCertificate? = nil, ciphers: String? = nil,
        minimumDHBits: Int? = nil
    ) {
        self.verification = verification
        self.clientCertificate = clientCertificate
        self.ciphers = ciphers
        self.minimumDHBits = minimumDHBits
    }

    public init(trust: Trust = .system) { self.init(.authority(trust, revocationLists: nil)) }

    /// Whether the peer has to prove who it is.
    public var verifiesCertificate: Bool { verification != .off }

    /// Whether the certificate has to bear the peer's name.
    var verifiesName: Bool {
        if case .authority = verification { true } else { false }
    }

    /// The files that a context is made from; where one of them changes, a new context is due.
    public var files: [String] {
        var files = clientCertificate.map { [$0.certificateFile, $0.keyFile] } ?? []
        guard case .authority(let trust, let lists) = verification else { return files }
        if case .file(let path) = trust { files.append(path) }
        if let lists { files.append(lists) }
        return files
    }
}

/// A client's own certificate, followed by its intermediates, and its key; both in PEM form, the key without a
/// passphrase. They may be one file.
public struct ClientCertificate: Hashable, Sendable {
    public var certificateFile: String
    public var keyFile: String

    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
