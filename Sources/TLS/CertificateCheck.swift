// What the verification of the peer's certificate found, kept for the message that a person reads:
// OpenSSL itself remembers no more than a number.
internal import COpenSSL

/// The companion of one SSL object, reachable from OpenSSL's callbacks.
final class SessionRecord {
    let tickets: TicketStore?
    let identity: ServerIdentity?
    let trust: TLSSettings.Trust
    /// The first thing that is wrong with the certificate.
    private(set) var failure: TLSFailure?

    init(tickets: TicketStore?, identity: ServerIdentity?, trust: TLSSettings.Trust) {
        self.tickets = tickets
        self.identity = identity
        self.trust = trust
    }

    static func of(_ ssl: OpaquePointer?) -> SessionRecord? {
        guard let ssl, let pointer = SSL_get_ex_data(ssl, 0) else { return nil }
        return Unmanaged<SessionRecord>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Ties this record to the session, which must not outlive it.
    func attach(to ssl: OpaquePointer) {
        SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Notes the first problem. `code` is one of OpenSSL's X509_V_ERR numbers.
    func note(_ code: Int32, _ certificate: Certificate?) {
        guard failure == nil else { return }
        let problem = problem(code, certificate)
        let label = certificate.map { "certificate \($0.label)" } ?? "certificate"
        failure = TLSFailure(.certificate(problem), "\(label): \(advice(problem, certificate))")
    }

    private func problem(_ code: Int32, _ certificate: Certificate?) -> CertificateProblem {
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
        case X509_V_ERR_CERT_REVOKED: .revoked
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
        case .revoked:
            return "revoked by its issuer; its owner must replace it"
        case .other(let reason):
            return reason
        }
    }

    private var store: String {
        switch trust {
        case .system: "the system's store, \(string(X509_get_default_cert_dir()))"
        case .file(let path): path
        }
    }

    private var remedy: String {
        switch trust {
        case .system: "install the package ca-certificates, or set tls_trust_file"
        case .file: "add it there, or set tls_trust_file"
        }
    }
}

/// OpenSSL's verification callback: records what is wrong and changes nothing of the verdict.
func recordVerification(_ isValid: Int32, _ store: OpaquePointer?) -> Int32 {
    guard isValid == 0, let store else { return isValid }
    let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    let certificate = X509_STORE_CTX_get_current_cert(store).map(Certificate.init)
    SessionRecord.of(ssl.map { OpaquePointer($0) })?.note(X509_STORE_CTX_get_error(store), certificate)
    return isValid
}
