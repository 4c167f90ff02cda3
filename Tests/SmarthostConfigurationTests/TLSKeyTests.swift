// What the TLS keys mean together, and what is said of those that contradict each other.
import Testing

@testable import SmarthostConfiguration

struct TLSKeyTests {
    static let sha256 = Array(repeating: "A1", count: 32).joined(separator: ":")
    static let system = ServerVerification.certificate(.system, revocationLists: nil)

    private static func parameters(
        _ verification: ServerVerification = system, name: String = "mail.example.org"
    ) -> TLSParameters { TLSParameters(name: name, verification: verification) }

    static let policies: [(String, TLSPolicy)] = [
        ("", .off), ("tls off", .off), ("tls", .startTLS(parameters())), ("tls on", .startTLS(parameters())),
        ("tls on\ntls_starttls off", .implicit(parameters())),
        ("tls opportunistic", .opportunistic(parameters(.none))),
        ("tls opportunistic\ntls_trust_file /ca.pem", .opportunistic(parameters(.none))),
        ("tls on\ntls_host_override bücher.example", .startTLS(parameters(name: "bücher.example"))),
        (
            "tls on\ntls_trust_file /ca.pem\ntls_crl_file /crl.pem",
            .startTLS(parameters(.certificate(.file("/ca.pem"), revocationLists: "/crl.pem")))
        ),
        (
            "tls on\ntls_crl_file /crl.pem",
            .startTLS(parameters(.certificate(.system, revocationLists: "/crl.pem")))
        ),
        (
            "tls on\ntls_trust_file\ntls_fingerprint \(sha256)",
            .startTLS(parameters(.fingerprint(.sha256(Array(repeating: 0xA1, count: 32)))))
        ),
        (
            "tls on\ntls_cert_file /c.pem\ntls_key_file /k.pem\ntls_priorities ECDHE+AESGCM\ntls_min_dh_prime_bits 3072",
            .startTLS(
                TLSParameters(
                    name: "mail.example.org", verification: system,
                    clientCertificate: ClientCertificateFiles(certificate: "/c.pem", key: "/k.pem"),
                    ciphers: "ECDHE+AESGCM", minimumDHBits: 3072))
        ),
    ]

    @Test(arguments: policies) func means(_ lines: String, _ policy: TLSPolicy) throws {
        let configuration = try World.parse("account default\nhost mail.example.org\n\(lines)\n")
        #expect(configuration.warnings == [])
        #expect(configuration.relay?.tls == policy)
    }

    @Test(arguments: [
        (
            "tls on\ntls_fingerprint 00112233445566778899AABBCCDDEEFF00112233",
            "4: warning: tls_fingerprint: SHA-1 can be forged; write the SHA-256 fingerprint, as `openssl x509 -noout "
                + "-fingerprint -sha256` shows it"
        ),
        (
            "tls on\ntls_fingerprint \(sha256)\ntls_crl_file /crl.pem",
            "5: warning: tls_crl_file: not used: with tls_fingerprint one certificate is taken, whatever its issuer says"
        ),
        (
            "tls on\ntls_certcheck off\ntls_fingerprint \(sha256)",
            "4: warning: tls_certcheck: off: whoever answers is taken for the relay and is given the password"
        ),
        (
            "tls on\ntls_min_dh_prime_bits 512",
            "4: warning: tls_min_dh_prime_bits: 512 has no effect: the TLS library wants more by itself; remove it"
        ),
        (
            "tls opportunistic\nauth on\nuser tim\npassword x",
            "4: warning: auth: without TLS only methods that keep the password to themselves are used, now scram-sha-256 and scram-sha-1; set `tls on`"
        ),
        (
            "tls on\ntls_priorities NORMAL:-VERS-SSL3.0:-VERS-TLS1.0:%COMPAT",
            "4: warning: tls_priorities: written for GnuTLS and not used: TLS 1.2 or later with ciphers of forward "
                + "secrecy is used anyway; remove it"
        ),
    ])
    func warns(_ lines: String, _ warning: String) throws {
        let warnings = try World.warnings("account default\nhost mail.example.org\n\(lines)\n")
        #expect(warnings == ["/etc/msmtprc:\(warning)"])
    }

    @Test(arguments: [
        (
            "tls on\ntls_cert_file /c.pem",
            ["4: tls_cert_file: needs tls_key_file beside it: the certificate's key"]
        ),
        (
            "tls on\ntls_key_file /k.pem",
            ["4: tls_key_file: needs tls_cert_file beside it: the key's certificate"]
        ),
        (
            "tls opportunistic\ntls_starttls off",
            [
                "4: tls_starttls: off: a port that wants TLS from the first byte cannot do without it; set `tls on`"
            ]
        ),
        (
            "tls opportunistic\ntls_fingerprint \(sha256)\ntls_crl_file /crl.pem",
            ["4: tls_fingerprint", "5: tls_crl_file"].map {
                "\($0): `tls opportunistic` goes on with any certificate or none; set `tls on`, or remove this"
            }
        ),
        (
            "tls opportunistic\nauth plain\nuser tim\npassword x",
            [
                "4: auth: plain would send the password in clear; set `tls on`, or `auth scram-sha-256` if the relay has it"
            ]
        ),
    ])
    func refuses(_ lines: String, _ errors: [String]) {
        #expect(
            World.errors("account default\nhost mail.example.org\n\(lines)\n")
                == errors.map { "/etc/msmtprc:\($0)" })
    }

    /// An account that copies another one's mistake must not come out as if it had none.
    @Test func aMistakeThatIsInheritedIsOne() {
        let text =
            "account a\nhost a.example\ntls on\ntls_cert_file /c.pem\naccount default : a\nhost b.example\n"
        #expect(
            World.errors(text)
                == ["/etc/msmtprc:4: tls_cert_file: needs tls_key_file beside it: the certificate's key"])
    }

    static let strong = "ECDHE+AES256:ECDHE+CHACHA20:DHE+AES256"
    static let usual = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// OpenSSL's words, GnuTLS's that ask for what is so anyway, and GnuTLS's with what to write instead.
    @Test(
        arguments: [
            ("ECDHE+AESGCM:!kRSA", nil), ("HIGH:@SECLEVEL=2", nil), ("DEFAULT", nil), ("TLSv1.3", nil),
            ("TLSv1.2", nil), ("TLS_AES_256_GCM_SHA384,ECDHE+AES256", nil), ("SUITEB128", nil),
            ("@STRENGTH", nil), ("NORMAL", "remove"),
            ("NORMAL:-VERS-TLS-ALL:+VERS-TLS1.2:+VERS-TLS1.3", "remove"),
            ("PFS", "remove"), ("SECURE128:-VERS-TLS1.0", "remove"), ("@SYSTEM", "remove"),
            ("NORMAL:-ARCFOUR-128:-3DES-CBC:-MD5", "remove"), ("SECURE256", strong),
            ("SECURE192:+VERS-TLS1.2", strong),
            ("NORMAL:-VERS-ALL:+VERS-TLS1.3", "TLSv1.3"), ("NORMAL:-VERS-TLS1.2", "TLSv1.3"),
            ("NONE:+VERS-TLS1.3:+AES-256-GCM", "TLSv1.3"), ("NORMAL:-AES-128-CBC", usual),
            ("NONE:+VERS-TLS1.2:+AES-128-CBC", usual),
        ] as [(String, String?)])
    func translatesGnuTLS(_ words: String, _ instead: String?) {
        switch (CipherPriorities(words).verdict, instead) {
        case (.usable, nil): break
        case (.covered(let text), "remove"?): #expect(text.hasSuffix("remove it"))
        case (.refused(let text), let line?): #expect(text.hasSuffix("`tls_priorities \(line)`"))
        case (let verdict, _): Issue.record("\(words): \(verdict)")
        }
    }

    @Test(arguments: [
        ("ALL:@SECLEVEL=0", "@SECLEVEL=0 would allow what anybody can break; write @SECLEVEL=1 or higher"),
        ("ALL@SECLEVEL=0", "@SECLEVEL=0 would allow what anybody can break; write @SECLEVEL=1 or higher"),
        ("HIGH;TLSv1", "TLSv1 is not used: TLS 1.2 or later always is; remove it"),
        ("TLSv1", "TLSv1 is not used: TLS 1.2 or later always is; remove it"),
        ("HIGH:SSLv3", "SSLv3 is not used: TLS 1.2 or later always is; remove it"),
    ])
    func neverGoesBelow(_ words: String, _ text: String) {
        #expect(CipherPriorities(words).verdict == .refused(text))
    }
}
