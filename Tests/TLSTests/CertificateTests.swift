// Which certificates a client takes, and what it says of the others.
import TLS
import Testing

@Suite struct Certificates {
    let authority: Authority

    init() throws { authority = try Authority() }

    /// Whether it reads like `2026-01-31 12:00:00 UTC`.
    private func isTime(_ text: String) -> Bool {
        text.wholeMatch(of: #/20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/#) != nil
    }

    /// What the client says of a server with this certificate; nil where it takes it.
    private func verdict(
        on certificate: TestCertificate, as name: String = "mail.example.org", settings: TLSSettings? = nil
    ) throws -> TLSFailure? {
        let context = try TLSContext(settings ?? authority.settings)
        let link = try Link(context, certificate.server(), name: name)
        return failure { try link.handshake() }
    }

    @Test func good() throws {
        let link = try Link(
            TLSContext(authority.settings), authority.issue("x", names: "DNS:mail.example.org").server())
        try link.handshake()
        #expect(link.client.summary == "TLSv1.3 TLS_AES_256_GCM_SHA384")
        #expect(link.client.summary == link.server.summary)
    }

    @Test func expired() throws {
        let old = try authority.issue("Old", names: "DNS:mail.example.org", days: -9 ... -2)
        let failure = try #require(try verdict(on: old))
        guard case .certificate(.expired(let since)) = failure.kind else {
            Issue.record("\(failure)")
            return
        }
        #expect(isTime(since))
        #expect(failure.description.contains("CN=Old, issued by CN=Test Authority"))
        #expect(failure.description.contains("expired on \(since)"))
    }

    @Test func notYetValid() throws {
        let early = try authority.issue("Early", names: "DNS:mail.example.org", days: 2...9)
        let failure = try #require(try verdict(on: early))
        guard case .certificate(.notYetValid(let until)) = failure.kind else {
            Issue.record("\(failure)")
            return
        }
        #expect(isTime(until))
        #expect(failure.description.contains("clock"))
    }

    // RFC 9525 6.3: '*' stands for one whole label, the leftmost one.
    @Test(arguments: [
        ("DNS:mail.example.org", "mail.example.org", true),
        ("DNS:MAIL.example.ORG", "mail.EXAMPLE.org", true),
        ("DNS:mail.example.org", "mail.example.org.", true),
        ("DNS:a.example,DNS:mail.example.org", "mail.example.org", true),
        ("DNS:example.org", "mail.example.org", false),
        ("DNS:mail.example.org", "example.org", false),
        ("DNS:*.example.org", "mail.example.org", true),
        ("DNS:*.example.org", "a.mail.example.org", false),
        ("DNS:*.example.org", "example.org", false),
        ("DNS:m*.example.org", "mail.example.org", false),
        ("DNS:*l.example.org", "mail.example.org", false),
        ("DNS:mail.*.org", "mail.example.org", false),
        ("DNS:*.org", "example.org", false),
        ("DNS:*", "org", false),
        ("email:mail@example.org", "mail.example.org", false),
        ("IP:192.0.2.1", "192.0.2.1", true),
        ("IP:192.0.2.1", "192.0.2.2", false),
        ("IP:2001:db8::1", "2001:db8::1", true),
        ("IP:2001:db8::1", "[2001:DB8:0::1]", true),
        ("DNS:192.0.2.1", "192.0.2.1", false),
        ("IP:192.0.2.1", "mail.example.org", false),
    ])
    func names(names: String, expected: String, isGood: Bool) throws {
        let failure = try verdict(on: authority.issue("any", names: names), as: expected)
        guard !isGood else {
            #expect(failure == nil)
            return
        }
        guard case .certificate(.wrongName) = failure?.kind else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test func wrongNameNamesBoth() throws {
        let certificate = try authority.issue(
            "mail.example.org", names: "DNS:a.example,DNS:*.b.example,IP:192.0.2.7,IP:2001:db8::1")
        let failure = try #require(try verdict(on: certificate))
        let found = ["a.example", "*.b.example", "192.0.2.7", "2001:db8:0:0:0:0:0:1"]
        #expect(failure.kind == .certificate(.wrongName(expected: "mail.example.org", found: found)))
        #expect(failure.description.contains("a.example, *.b.example"))
        #expect(failure.description.contains("tls_host_override"))
    }

    @Test func commonNameDoesNotCount() throws {
        let certificate = try authority.issue("mail.example.org", names: nil)
        let failure = try verdict(on: certificate)
        #expect(failure?.kind == .certificate(.wrongName(expected: "mail.example.org", found: [])))
    }

    @Test func selfSigned() throws {
        let own = try TestCertificate("Own", names: "DNS:mail.example.org", in: authority.folder)
        let failure = try #require(try verdict(on: own))
        #expect(failure.kind == .certificate(.selfSigned))
        #expect(failure.description.contains(authority.certificate.certificateFile))
        #expect(failure.description.contains("tls_trust_file"))
        #expect(try verdict(on: own, settings: TLSSettings(trust: .file(own.certificateFile))) == nil)
    }

    @Test(arguments: ["Alien Authority", "Test Authority"]) func unknownIssuer(name: String) throws {
        let other = try Authority(name)
        let failure = try #require(try verdict(on: other.issue("Alien", names: "DNS:mail.example.org")))
        #expect(failure.kind == .certificate(.unknownIssuer))
        #expect(failure.description.contains("CN=Alien, issued by CN=\(name)"))
    }

    @Test func systemStoreDoesNotKnowTheTestAuthority() throws {
        let certificate = try authority.issue("x", names: "DNS:mail.example.org")
        let failure = try #require(try verdict(on: certificate, settings: TLSSettings()))
        #expect(failure.kind == .certificate(.unknownIssuer))
        #expect(failure.description.contains("ca-certificates"))
    }

    @Test func certificateItselfMayBeTrusted() throws {
        let certificate = try authority.issue("x", names: "DNS:mail.example.org")
        #expect(
            try verdict(on: certificate, settings: TLSSettings(trust: .file(certificate.certificateFile)))
                == nil)
    }

    @Test func subjectIsOneLine() throws {
        let certificate = try authority.issue("evil\r\n220 ok\u{1B}[0m", names: "DNS:a.example")
        let text = try #require(try verdict(on: certificate)).description
        #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    }

    @Test func theServerHearsWhy() throws {
        let old = try authority.issue("Old", names: "DNS:mail.example.org", days: -9 ... -2)
        let link = try Link(TLSContext(authority.settings), old.server())
        #expect(failure { try link.handshake() } != nil)
        link.pass(link.client, link.server)
        #expect(failure { _ = try link.server.decrypt(upTo: 1) }?.kind == .alert("certificate expired"))
    }

    @Test func verificationOff() throws {
        let settings = TLSSettings(.off)
        let own = try TestCertificate("Own", days: -9 ... -2, in: authority.folder)
        for name in ["mail.example.org", "192.0.2.1"] {
            #expect(try verdict(on: own, as: name, settings: settings) == nil)
        }
    }

    @Test(arguments: [
        "", ".", "a..b", "mail.example.org\0.evil.example", "mäil.example", "a b", "[::1", "x/y",
    ])
    func namesThatNobodyCanProve(name: String) throws {
        let context = try TLSContext(authority.settings)
        #expect(failure { _ = try TLSSession(context: context, serverName: name) }?.kind == .serverName)
    }
}

@Suite struct Files {
    let authority: Authority

    init() throws { authority = try Authority() }

    @Test(arguments: [
        nil, "", "no certificate\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ])
    func trustFile(content: String?) throws {
        let path = "\(authority.folder.path)/trust.pem"
        if let content { try authority.folder.write(content, to: "trust.pem") }
        let failure = try #require(failure { _ = try TLSContext(TLSSettings(trust: .file(path))) })
        #expect(failure.kind == .trustFile)
        #expect(failure.description.hasPrefix("tls_trust_file \(path): "))
        if content == nil { #expect(failure.description.contains("No such file")) }
    }

    @Test func identityFiles() throws {
        let one = try authority.issue("one", names: nil)
        let two = try authority.issue("two", names: nil)
        let encrypted = try authority.folder.write(
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            to: "locked.key")
        for (certificate, key) in [
            (one.certificateFile, two.keyFile), (one.keyFile, one.keyFile), ("/nonexistent", one.keyFile),
            (one.certificateFile, "/nonexistent"), (one.certificateFile, encrypted),
        ] {
            let failure = failure { _ = try TLSServerContext(certificateFile: certificate, keyFile: key) }
            #expect(failure?.kind == .identityFile)
        }
    }
}
