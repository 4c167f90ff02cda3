// The laboratory's other relays: what each offers, and accounts that reach it.

import Testing

struct Peer: CustomTestStringConvertible, Sendable {
    let name: String
    let host: String
    let mechanisms: [String]
    /// What stands in the trace of a message that came in by this mechanism.
    let trace: @Sendable (_ mechanism: String) -> String

    var testDescription: String { name }

    static let passwords = ["plain", "login", "cram-md5", "digest-md5", "scram-sha-1", "scram-sha-256"]

    static let postfix = Peer(
        name: "Postfix with Dovecot's SASL", host: "relay.example.test",
        mechanisms: passwords + ["oauthbearer", "xoauth2"],
        trace: { _ in "(Authenticated sender: alice@example.test)" })
    static let exim = Peer(
        name: "Exim", host: "exim.example.test", mechanisms: passwords + ["ntlm", "external"],
        trace: { mechanism in
            let user = ["digest-md5", "scram-sha-1", "scram-sha-256"].contains(mechanism) ? "" : " alice"
            return mechanism.replacing("-", with: "_") + user
        })
    static let openSMTPD = Peer(
        name: "OpenSMTPD", host: "opensmtpd.example.test", mechanisms: ["plain", "login"],
        trace: { _ in "(OpenSMTPD) with ESMTPSA" })
    static let dovecot = Peer(
        name: "Dovecot submission", host: "submission.example.test",
        mechanisms: passwords + ["oauthbearer", "xoauth2", "external"], trace: { _ in "" })
    static let aiosmtpd = Peer(
        name: "aiosmtpd", host: "aiosmtpd.example.test", mechanisms: ["plain", "login"],
        trace: { "\($0) alice@example.test" })

    static let all = [postfix, exim, openSMTPD, dovecot, aiosmtpd]

    private static let servers = Task {
        try await Laboratory.serversAreUp()
        for server in ["exim", "opensmtpd", "aiosmtpd"] {
            _ = try await Laboratory.script("servers/\(server)", "start").succeeded(server)
        }
    }

    static func areUp() async throws { try await servers.value }

    /// An access token of alice's, from the authority that Dovecot believes.
    private static let token = Task {
        try await Laboratory.script("servers/dovecot", "token", "alice@example.test").succeeded("token")
            .filter { !$0.isNewline }
    }

    /// An account, with a secret that is right or wrong.
    func account(_ security: Security, _ mechanism: String, isRight: Bool = true) async throws -> String {
        let secret =
            switch mechanism {
            case "external": ""
            case "oauthbearer", "xoauth2": "password \(isRight ? try await Self.token.value : "a.b.c")\n"
            default: "password \(isRight ? "pass" : "wrong")\n"
            }
        let user = mechanism == "external" ? "" : "user alice@example.test\n"
        let certificate =
            mechanism == "external" && isRight
            ? "tls_cert_file \(Laboratory.root)/pki/client.pem\ntls_key_file \(Laboratory.root)/pki/client.key\n"
            : ""
        return """
            account default
            host \(host)
            \(security.keys)tls_trust_file \(Laboratory.root)/pki/ca.pem
            auth \(mechanism)
            \(user)\(secret)\(certificate)
            """
    }
}

enum Security: String, CaseIterable {
    case startTLS = "STARTTLS", implicit = "implicit TLS"

    fileprivate var keys: String {
        self == .startTLS ? "port 587\ntls on\n" : "port 465\ntls on\ntls_starttls off\n"
    }
}
