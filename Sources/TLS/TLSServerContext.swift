// What a server's sessions share. Throws TLSFailure of the kinds trustFile and identityFile.
internal import COpenSSL

/// The server's side: one certificate with its chain, and its key.
public final class TLSServerContext: Sendable {
    let handle: ContextHandle

    /// - Parameters:
    ///   - certificateFile: the certificate followed by its intermediates, in PEM form.
    ///   - keyFile: its key, unencrypted, in PEM form.
    ///   - clientAuthorities: a file of authorities in PEM form; then every client must show a certificate of theirs.
    public init(
        certificateFile: String, keyFile: String, clientAuthorities: String? = nil
    ) throws(TLSFailure) {
        handle = try ContextHandle(TLS_server_method())
        let context = handle.pointer
        try CipherWords(nil).apply(to: context)
        copenssl_prefer_server_ciphers(context)
        // Tickets carry the session, so nothing is stored here.
        copenssl_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
        OpenSSLErrors.clear()
        guard SSL_CTX_use_certificate_chain_file(context, certificateFile) == 1 else {
            throw Self.failure("certificate \(certificateFile)", "it must be a readable file in PEM form")
        }
        guard SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) == 1 else {
            throw Self.failure(
                "key \(keyFile)",
                "it must be a readable, unencrypted file in PEM form with the key of \(certificateFile)")
        }
        if let clientAuthorities { try demandCertificate(from: clientAuthorities) }
        OpenSSLErrors.clear()
    }

    private func demandCertificate(from authorities: String) throws(TLSFailure) {
        guard SSL_CTX_load_verify_file(handle.pointer, authorities) == 1 else {
            throw TLSFailure(.trustFile, "authorities \(authorities): \(OpenSSLErrors.drain().summary)")
        }
        SSL_CTX_set_verify(handle.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        // A certificate in the file is taken itself, be it a root or not.
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(handle.pointer), UInt(X509_V_FLAG_PARTIAL_CHAIN))
    }

    private static func failure(_ file: String, _ remedy: String) -> TLSFailure {
        TLSFailure(.identityFile, "\(file): \(OpenSSLErrors.drain().summary); \(remedy)")
    }
}
