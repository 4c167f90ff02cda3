// What a client's sessions share: versions, ciphers, trust anchors, its own certificate, tickets. Making one
// reads files, so it is done at start or on a worker. Throws TLSFailure of the kinds trustFile,
// revocationFile, identityFile and ciphers.
internal import COpenSSL

/// The client's side. Its sessions may run on any thread.
public final class TLSContext: Sendable {
    public let settings: TLSSettings
    let handle: ContextHandle
    let tickets = TicketStore()

    /// - Parameter readFile: reads the client's own certificate and key; by default nobody asks who else can
    ///   read them.
    public init(
        _ settings: TLSSettings, readFile: IdentityFileReader = readIdentityFile
    ) throws(TLSFailure) {
        self.settings = settings
        handle = try ContextHandle(TLS_client_method())
        let context = handle.pointer
        try CipherWords(settings.ciphers).apply(to: context)
        try Self.apply(settings.verification, to: context)
        if let own = settings.clientCertificate { try own.load(into: context, readFile) }
        // The store of tickets is ours: OpenSSL's own is keyed by nothing that a client knows.
        copenssl_set_session_cache_mode(context, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
        SSL_CTX_sess_set_new_cb(context, keepTicket)
    }

    private static func apply(
        _ verification: TLSSettings.Verification, to context: OpaquePointer
    ) throws(TLSFailure) {
        switch verification {
        case .authority(let trust, let lists):
            try load(trust, into: context)
            if let lists { try load(revocationLists: lists, into: context) }
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, recordVerification)
        case .fingerprint:
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
            SSL_CTX_set_cert_verify_callback(context, verifyFingerprint, nil)
        case .off: SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        }
    }

    private static func load(
        _ trust: TLSSettings.Trust, into context: OpaquePointer
    ) throws(TLSFailure) {
        OpenSSLErrors.clear()
        switch trust {
        case .system:
            guard SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw TLSFailure(
                    .trustFile, "the system's store of certificates: \(OpenSSLErrors.drain().summary)")
            }
        case .file(let path):
            guard SSL_CTX_load_verify_file(context, path) == 1 else {
                throw TLSFailure(
                    .trustFile,
                    "tls_trust_file \(path): \(OpenSSLErrors.drain().summary); it must be a readable file of "
                        + "certificates in PEM form, such as /etc/ssl/certs/ca-certificates.crt")
            }
            // Who stands in the administrator's own file is trusted, be it a root or not.
            X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), UInt(X509_V_FLAG_PARTIAL_CHAIN))
        }
        OpenSSLErrors.clear()
    }

    private static func load(revocationLists path: String, into context: OpaquePointer) throws(TLSFailure) {
        OpenSSLErrors.clear()
        let lookup = X509_STORE_add_lookup(SSL_CTX_get_cert_store(context), X509_LOOKUP_file())
        guard X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) > 0 else {
            throw TLSFailure(
                .revocationFile,
                "tls_crl_file \(path): \(OpenSSLErrors.drain().summary); it must be a readable file of revocation "
                    + "lists in PEM form (one in DER form becomes it with openssl crl -inform DER)")
        }
        // Of the authorities above the issuer's those are checked for which there is a list: see
        // recordVerification.
        X509_VERIFY_PARAM_set_flags(
            SSL_CTX_get0_param(context), UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
        OpenSSLErrors.clear()
    }
}

/// Owns an SSL_CTX, which is not changed once its owner is made and may then be used by all threads.
final class ContextHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ method: OpaquePointer?) throws(TLSFailure) {
        OpenSSLErrors.clear()
        guard let context = SSL_CTX_new(method) else {
            throw TLSFailure(.internal, "no TLS context: \(OpenSSLErrors.drain().summary)")
        }
        pointer = context
        copenssl_set_policy(context)
        // Without this, OpenSSL would ask for a passphrase on the terminal.
        SSL_CTX_set_default_passwd_cb(context, noPassphrase)
    }

    deinit { SSL_CTX_free(pointer) }
}

/// OpenSSL's callback for the passphrase of a key: there is none.
func noPassphrase(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 { -1 }
