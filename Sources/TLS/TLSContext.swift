// What sessions share: versions, ciphers, trust anchors, tickets, and a server's own certificate.
// Making one reads files, so it is done at start or on a worker. Throws TLSFailure of the kinds
// trustFile and identityFile.
internal import COpenSSL

/// The client's side. Its sessions may run on any thread.
public final class TLSContext: Sendable {
    public let settings: TLSSettings
    let handle: ContextHandle
    let tickets = TicketStore()

    public init(_ settings: TLSSettings) throws(TLSFailure) {
        self.settings = settings
        handle = try ContextHandle(TLS_client_method())
        if settings.verifiesCertificate {
            try Self.load(settings.trust, into: handle.pointer)
            SSL_CTX_set_verify(handle.pointer, SSL_VERIFY_PEER, recordVerification)
        } else {
            SSL_CTX_set_verify(handle.pointer, SSL_VERIFY_NONE, nil)
        }
        // The store of tickets is ours: OpenSSL's own is keyed by nothing that a client knows.
        copenssl_set_session_cache_mode(
            handle.pointer, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
        SSL_CTX_sess_set_new_cb(handle.pointer, keepTicket)
    }

    private static func load(_ trust: TLSSettings.Trust, into context: OpaquePointer) throws(TLSFailure) {
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
}

/// The server's side: one certificate with its chain, and its key.
public final class TLSServerContext: Sendable {
    let handle: ContextHandle

    /// Both files in PEM form: the certificate followed by its intermediates, and its key, unencrypted.
    public init(certificateFile: String, keyFile: String) throws(TLSFailure) {
        handle = try ContextHandle(TLS_server_method())
        let context = handle.pointer
        copenssl_prefer_server_ciphers(context)
        // Tickets carry the session, so nothing is stored here.
        copenssl_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
        // Without this, OpenSSL would ask for a passphrase on the terminal.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
        OpenSSLErrors.clear()
        guard SSL_CTX_use_certificate_chain_file(context, certificateFile) == 1 else {
            throw Self.failure("certificate \(certificateFile)", "it must be a readable file in PEM form")
        }
        guard SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) == 1 else {
            throw Self.failure(
                "key \(keyFile)",
                "it must be a readable, unencrypted file in PEM form with the key of \(certificateFile)")
        }
        OpenSSLErrors.clear()
    }

    private static func failure(_ file: String, _ remedy: String) -> TLSFailure {
        TLSFailure(.identityFile, "\(file): \(OpenSSLErrors.drain().summary); \(remedy)")
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
        guard SSL_CTX_set_cipher_list(context, Self.ciphers) == 1 else {
            throw TLSFailure(.internal, "no TLS ciphers: \(OpenSSLErrors.drain().summary)")
        }
    }

    deinit { SSL_CTX_free(pointer) }

    /// Of TLS 1.2, those with forward secrecy, the AEAD ones first (RFC 9325 4.1, 4.2); TLS 1.3 has no
    /// others.
    private static let ciphers =
        "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!eNULL:!PSK:!SRP:!aDSS"
}
