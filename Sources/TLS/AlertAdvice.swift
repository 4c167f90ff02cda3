// What to do about the alerts with which servers end a session: they say little, but which of the settings can
// be meant is known.
internal import COpenSSL

/// The advice to a client with these settings.
struct AlertAdvice {
    let settings: TLSSettings

    /// One phrase for the alert (RFC 8446 6.2); nil where there is nothing to advise.
    func text(for alert: Int32) -> String? {
        switch alert {
        case SSL_AD_HANDSHAKE_FAILURE, SSL_AD_INSUFFICIENT_SECURITY: handshakeFailure
        case TLS13_AD_CERTIFICATE_REQUIRED: wantsCertificate
        case SSL_AD_UNKNOWN_CA, SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE,
            SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_ACCESS_DENIED, SSL_AD_DECRYPT_ERROR:
            own { "it does not accept the certificate in \($0); is it the one that its operator issued?" }
        case SSL_AD_CERTIFICATE_EXPIRED: own { "it says that the certificate in \($0) has expired; renew it" }
        case SSL_AD_CERTIFICATE_REVOKED:
            own { "it says that the certificate in \($0) was revoked; replace it" }
        case SSL_AD_UNRECOGNIZED_NAME:
            "it serves no host of that name; set host or tls_host_override to its own name"
        default: nil
        }
    }

    /// TLS 1.2 has no other word for a missing certificate either.
    private var handshakeFailure: String {
        if settings.ciphers != nil { return "it has none of the ciphers that tls_priorities allows" }
        let others =
            settings.clientCertificate == nil ? ", or wants a client certificate (tls_cert_file)" : ""
        return
            "it has no cipher with forward secrecy\(others); what it has can be allowed with tls_priorities"
    }

    private var wantsCertificate: String {
        guard let own = settings.clientCertificate else {
            return "it lets in only who shows a certificate; set tls_cert_file and tls_key_file"
        }
        return "it wants a certificate of another authority than that in \(own.certificateFile)"
    }

    private func own(_ text: (String) -> String) -> String? {
        settings.clientCertificate.map { text($0.certificateFile) }
    }
}
