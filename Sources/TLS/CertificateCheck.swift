// What the verification of the peer's certificate found, kept for the message that a person reads:
// OpenSSL itself remembers no more than a number.
internal import COpenSSL

/// The companion of one SSL object, reachable from OpenSSL's callbacks.
final class SessionRecord {
    /// A client's; a server has none.
    let settings: TLSSettings?
    let tickets: TicketStore?
    let identity: ServerIdentity?
    /// The first thing that is wrong with the certificate.
    private(set) var failure: TLSFailure?

    init(settings: TLSSettings? = nil, tickets: TicketStore? = nil, identity: ServerIdentity? = nil) {
        self.settings = settings
        self.tickets = tickets
        self.identity = identity
    }

    static func of(_ ssl: OpaquePointer?) -> SessionRecord? {
        guard let ssl, let pointer = SSL_get_ex_data(ssl, 0) else { return nil }
        return Unmanaged<SessionRecord>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// That of the session whose peer is being verified.
    static func of(verification: OpaquePointer) -> SessionRecord? {
        let ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx())
        return of(ssl.map { OpaquePointer($0) })
    }

    /// Ties this record to the session, which must not outlive it.
    func attach(to ssl: OpaquePointer) {
        SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Notes what is wrong, unless something was before. `code` is one of OpenSSL's X509_V_ERR numbers.
    func note(_ code: Int32, _ certificate: Certificate?, _ list: RevocationList?) {
        note(problem(code, certificate, list), certificate)
    }

    func note(_ problem: CertificateProblem, _ certificate: Certificate?) {
        guard failure == nil else { return }
        let label = certificate.map { "certificate \($0.label)" } ?? "certificate"
        failure = TLSFailure(.certificate(problem), "\(label): \(advice(problem, certificate))")
    }

    private func problem(
        _ code: Int32, _ certificate: Certificate?, _ list: RevocationList?
    ) -> CertificateProblem {
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED: .expired(since: certificate?.notAfter ?? "an unknown time")
        case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid(until: certificate?.notBefore ?? "an unknown time")
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            .wrongName(expected: identity?.text ?? "", found: certificate?.names ?? [])
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: .selfSigned
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
            // The trusted authority of that name has another key.
            X509_V_ERR_CERT_SIGNATURE_FAILURE:
            .unknownIssuer
        case X509_V_ERR_CERT_REVOKED:
            .revoked(on: certificate.flatMap { list?.revocation(of: $0) } ?? "an unknown day")
        case X509_V_ERR_CRL_HAS_EXPIRED: .revocationListExpired(since: list?.nextUpdate ?? "an unknown time")
        case X509_V_ERR_UNABLE_TO_GET_CRL: .noRevocationList
        default: .other(string(X509_verify_cert_error_string(Int(code))))
        }
    }

    /// What is wrong, and what to do about it.
    private func advice(_ problem: CertificateProblem, _ certificate: Certificate?) -> String {
        switch problem {
        case .expired(let since):
            return "expired on \(since); its owner must renew it, unless this machine's clock is wrong"
        case .notYetValid(let until):
            return "not valid before \(until); see whether this machine's clock is right"
        case .wrongName(let expected, let found):
            let names =
                found.isEmpty
                ? "but carries no name in subjectAltName (a common name does not count)"
                : "but only for \(found.joined(separator: ", ")); "
                    + "set host or tls_host_override to one of these if it is the server you mean"
            return "not valid for \(expected), \(names)"
        case .unknownIssuer:
            return
                "the authority that signed it is not in \(store); \(remedy) to that authority's certificate"
        case .selfSigned:
            return "signed by itself and not in \(store); \(remedy) to this certificate if you trust it"
        case .revoked(let day):
            return "revoked by its issuer on \(day) according to \(lists); its owner must replace it"
        case .revocationListExpired(let since):
            return
                "nobody can tell whether it was revoked: its issuer's list in \(lists) expired on \(since); "
                + "fetch the issuer's new list, or remove tls_crl_file"
        case .noRevocationList:
            return
                "nobody can tell whether it was revoked: there is no list of its issuer in \(lists); add it "
                + "there, or remove tls_crl_file"
        case .wrongFingerprint(let expected, let found):
            let line = certificate?.fingerprint(.sha256) ?? found
            return
                "its \(found.algorithm.rawValue) fingerprint is \(found) and not \(expected); if its owner says "
                + "that this one is right, write `tls_fingerprint \(line)`"
        case .other(let reason):
            return reason
        }
    }

    private var store: String {
        trustFile ?? "the system's store, \(string(X509_get_default_cert_dir()))"
    }

    private var remedy: String {
        trustFile == nil
            ? "install the package ca-certificates, or set tls_trust_file"
            : "add it there, or set tls_trust_file"
    }

    private var trustFile: String? {
        guard case .authority(.file(let path), _)? = settings?.verification else { return nil }
        return path
    }

    private var lists: String {
        guard case .authority(_, let path?)? = settings?.verification else { return "the revocation lists" }
        return path
    }
}

/// OpenSSL's verification callback: records what is wrong, and changes the verdict in one case only. The issuer
/// of the server's certificate must have a revocation list where lists are wanted; the authorities above it,
/// of which many publish none, are checked where there is one.
func recordVerification(_ isValid: Int32, _ store: OpaquePointer?) -> Int32 {
    guard isValid == 0, let store else { return isValid }
    let code = X509_STORE_CTX_get_error(store)
    if code == X509_V_ERR_UNABLE_TO_GET_CRL, X509_STORE_CTX_get_error_depth(store) > 0 {
        X509_STORE_CTX_set_error(store, X509_V_OK)
        return 1
    }
    let certificate = X509_STORE_CTX_get_current_cert(store).map(Certificate.init)
    let list = X509_STORE_CTX_get0_current_crl(store).map(RevocationList.init)
    SessionRecord.of(verification: store)?.note(code, certificate, list)
    return isValid
}
