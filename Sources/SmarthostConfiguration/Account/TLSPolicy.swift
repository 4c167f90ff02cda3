// Whether and how the way to a relay is encrypted, and what the relay has to prove.

/// How much TLS a session has.
public enum TLSPolicy: Hashable, Sendable {
    case off
    /// STARTTLS where the relay offers it, with whoever answers, else plain text (RFC 7435).
    case opportunistic(TLSParameters)
    /// STARTTLS is required (RFC 3207).
    case startTLS(TLSParameters)
    /// TLS from the first byte (RFC 8314 3.3).
    case implicit(TLSParameters)

    /// Whether what is sent can be trusted to reach the relay and nobody else.
    var isRequired: Bool {
        switch self {
        case .off, .opportunistic: false
        case .startTLS, .implicit: true
        }
    }

    public var parameters: TLSParameters? {
        switch self {
        case .off: nil
        case .opportunistic(let parameters), .startTLS(let parameters), .implicit(let parameters): parameters
        }
    }
}

/// What is asked of a session's TLS.
public struct TLSParameters: Hashable, Sendable {
    /// The certificate's expected name and the one sent as SNI.
    public var name: String
    public var verification: ServerVerification
    /// The files of a certificate of our own and of its key (`tls_cert_file`, `tls_key_file`), in PEM form. The
    /// key's file is to be checked by `FilePermissions`.
    public var clientCertificate: ClientCertificateFiles?
    /// `tls_priorities` in OpenSSL's words.
    public var ciphers: String?
    public var minimumDHBits: Int?

    public init(
        name: String, verification: ServerVerification, clientCertificate: ClientCertificateFiles? = nil,
        ciphers: String? = nil, minimumDHBits: Int? = nil
    ) {
        self.name = name
        self.verification = verification
        self.clientCertificate = clientCertificate
        self.ciphers = ciphers
        self.minimumDHBits = minimumDHBits
    }
}

/// What the server has to prove.
public enum ServerVerification: Hashable, Sendable {
    /// A certificate for its name by a trusted authority, which is on none of the revocation lists of a PEM file.
    case certificate(TrustAnchors, revocationLists: String?)
    /// `tls_fingerprint`: this certificate and no other.
    case fingerprint(CertificateFingerprint)
    /// `tls_certcheck off`: whoever answers is taken for the relay.
    case none
}

public enum TrustAnchors: Hashable, Sendable {
    case system
    /// A PEM file of certificates.
    case file(String)
}

public struct ClientCertificateFiles: Hashable, Sendable {
    public let certificate: String
    public let key: String
}

/// A digest of a certificate.
public enum CertificateFingerprint: Hashable, Sendable {
    case sha256([UInt8])
    case sha1([UInt8])

    /// Pairs of hexadecimal digits, with colons between all of them or none; MD5 is no fingerprint any more.
    init?(_ text: String) {
        guard let digest = Self.digest(text) else { return nil }
        switch digest.count {
        case 32: self = .sha256(digest)
        case 20: self = .sha1(digest)
        default: return nil
        }
    }

    /// The bytes of such a text, whatever their number.
    static func digest(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard parts.count == 1 || parts.allSatisfy({ $0.count == 2 }) else { return nil }
        let digits = parts.joined().map(hexadecimalValue)
        guard !digits.isEmpty, digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
