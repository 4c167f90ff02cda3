// The laboratory's relays as sections of a configuration.

enum Account {
    private static let trust = "tls on\ntls_trust_file \(Laboratory.root)/pki/ca.pem\n"
    private static let login = "user alice@example.test\npassword pass\n"

    /// Port 25, in clear: the relay of the first users' documents.
    static let mailcatcher = "account default\nhost mailcatcher\nport 25\n"

    /// Port 587, STARTTLS.
    static func submission(
        _ host: String = "relay.example.test", port: Int = 587, auth: String = "on", more: String = ""
    ) -> String {
        "account default\nhost \(host)\nport \(port)\n\(trust)auth \(auth)\n\(login)\(more)\n"
    }

    /// Port 465, TLS from the first byte.
    static func submissions(_ host: String = "relay.example.test") -> String {
        "account default\nhost \(host)\nport 465\n\(trust)tls_starttls off\nauth on\n\(login)"
    }

    /// Dovecot by LMTP.
    static let lmtp = "account default\nprotocol lmtp\nhost dovecot\nport 24\n"
    static let lmtpSocket = "account default\nprotocol lmtp\nsocket \(Laboratory.root)/run/dovecot/lmtp\n"
}
