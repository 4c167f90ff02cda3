// Why a TLS session or context could not be had. The kind is for programs, the text for people.

/// What is wrong with the peer's certificate. Times are `2026-01-31 12:00:00 UTC`.
public enum CertificateProblem: Hashable, Sendable {
    case expired(since: String)
    case notYetValid(until: String)
    /// None of the names in subjectAltName is the expected one; there may be none at all.
    case wrongName(expected: String, found: [String])
    case unknownIssuer
    case selfSigned
    case revoked(on: String)
    /// The list on which the certificate would stand is out of date.
    case revocationListExpired(since: String)
    /// There is no list of the certificate's issuer.
    case noRevocationList
    case wrongFingerprint(expected: Fingerprint, found: Fingerprint)
    /// Anything else, in OpenSSL's words.
    case other(String)
}

/// A failure of TLS. It ends the session; an alert for the peer may wait in `takeOutput()`.
public struct TLSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// The file of trusted certificates is missing, unreadable, empty or malformed.
        case trustFile
        /// The file of revocation lists is missing, unreadable, empty or malformed.
        case revocationFile
        /// The words for the ciphers mean none.
        case ciphers
        /// A certificate or key file of our own is missing, unreadable, malformed or does not fit.
        case identityFile
        /// The name to connect to cannot stand in a certificate.
        case serverName
        case certificate(CertificateProblem)
        /// No version in common.
        case protocolVersion
        /// The peer's part of the key exchange is too short.
        case weakKeyExchange
        /// The peer speaks something else, most often plain SMTP.
        case notTLS
        /// The peer ended the session with this alert, in the words of RFC 8446 6.
        case alert(String)
        /// The session was closed, by either side.
        case closed
        /// The connection ended without close_notify: what came last may be missing.
        case truncated
        /// The peer broke the protocol, or OpenSSL failed.
        case `internal`
    }

    public let kind: Kind
    /// One line: what is wrong, where, and what to do about it.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
