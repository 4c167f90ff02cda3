// Digests of whole certificates, by which a peer can be known without any authority.
internal import COpenSSL

/// The digest of a certificate in DER form.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    public enum Algorithm: String, Hashable, Sendable {
        case sha256 = "SHA-256"
        /// Collisions can be made, so that whoever sells a certificate may have another of the same digest.
        case sha1 = "SHA-1"
    }

    public let algorithm: Algorithm
    public let digest: [UInt8]

    public init(_ algorithm: Algorithm, _ digest: [UInt8]) {
        self.algorithm = algorithm
        self.digest = digest
    }

    /// `01:AB:…`, as openssl-x509(1) prints it.
    public var description: String {
        digest.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count == 1 ? "0\(digits)" : digits
        }.joined(separator: ":")
    }
}

extension Certificate {
    func fingerprint(_ algorithm: Fingerprint.Algorithm) -> Fingerprint {
        let method = algorithm == .sha1 ? EVP_sha1() : EVP_sha256()
        let digest = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            var length: UInt32 = 0
            if X509_digest(x509, method, buffer.baseAddress, &length) == 1 { count = Int(length) }
        }
        return Fingerprint(algorithm, digest)
    }
}

/// OpenSSL's callback instead of its own verification: the leaf's digest and nothing else decides.
func verifyFingerprint(_ store: OpaquePointer?, _: UnsafeMutableRawPointer?) -> Int32 {
    guard let store, let leaf = X509_STORE_CTX_get0_cert(store),
        let record = SessionRecord.of(verification: store),
        case .fingerprint(let expected)? = record.settings?.verification
    else { return 0 }
    let certificate = Certificate(x509: leaf)
    let found = certificate.fingerprint(expected.algorithm)
    if found == expected { return 1 }
    record.note(.wrongFingerprint(expected: expected, found: found), certificate)
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
    return 0
}
