// The ciphers that may be used, in OpenSSL's words. OpenSSL passes over words that it does not know; here they
// are an error, lest a slip of the pen changes what protects the mail. Throws TLSFailure of the kind ciphers.
internal import COpenSSL

/// What a list of words asks for.
struct CipherWords {
    /// For TLS 1.2; empty where only TLS 1.3 is wanted.
    private var list: [Substring] = []
    /// For TLS 1.3; empty for all that OpenSSL has.
    private var suites: [Substring] = []
    private var excludesTLS12 = false

    /// Of TLS 1.2, those with forward secrecy, the AEAD ones first (RFC 9325 4.1, 4.2); TLS 1.3 has no others.
    private static let standard =
        "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES"
    /// What nobody gets, whatever the list says: no authentication, no encryption, no certificates.
    private static let never = "!aNULL:!eNULL:!PSK:!SRP:!aDSS"

    init(_ text: String?) {
        for word in (text ?? Self.standard).split(whereSeparator: { ":;, ".contains($0) }) {
            if word == "TLSv1.3" {
                excludesTLS12 = true
            } else if word.hasPrefix("TLS_") {
                suites.append(word)
            } else {
                list.append(word)
            }
        }
        if list.isEmpty { excludesTLS12 = true }
    }

    func apply(to context: OpaquePointer) throws(TLSFailure) {
        for word in list { try check(word, in: context) }
        OpenSSLErrors.clear()
        let words = list.isEmpty ? Self.standard : list.joined(separator: ":")
        guard SSL_CTX_set_cipher_list(context, "\(words):\(Self.never)") == 1 else {
            throw failure("no cipher is left that may be used (\(OpenSSLErrors.drain().summary))")
        }
        if !suites.isEmpty, SSL_CTX_set_ciphersuites(context, suites.joined(separator: ":")) != 1 {
            OpenSSLErrors.clear()
            throw failure("one of \(suites.joined(separator: ", ")) is no suite of TLS 1.3 that OpenSSL has")
        }
        if excludesTLS12 { copenssl_set_minimum_version(context, TLS1_3_VERSION) }
    }

    /// `!X` and `-X` take away, `+X` moves and `@X` commands: what they name need not exist.
    private func check(_ word: Substring, in context: OpaquePointer) throws(TLSFailure) {
        guard let first = word.first, !"!-+@".contains(first) else { return }
        guard SSL_CTX_set_cipher_list(context, String(word)) == 1 else {
            OpenSSLErrors.clear()
            throw failure("\(printable(word.utf8, limit: 60)) is no cipher that OpenSSL has")
        }
    }

    private func failure(_ text: String) -> TLSFailure {
        TLSFailure(
            .ciphers,
            "tls_priorities: \(text); `openssl ciphers -v` lists them, and openssl-ciphers(1) explains")
    }
}
