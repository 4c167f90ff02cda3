// Our own certificate: servers that ask for it, and the mistakes people make with its files.
internal import COpenSSL
import Testing

@testable import TLS

@Suite struct ClientCertificates {
    let authority: Authority
    let clients: Authority
    let server: TLSServerContext
    let own: TestCertificate

    init() throws {
        authority = try Authority()
        clients = try Authority("Client Authority")
        server = try authority.issue("x", names: "DNS:mail.example.org").server(
            demandingFrom: clients.certificate)
        own = try clients.issue("client", names: nil)
    }

    private func settings(certificate: String, key: String) -> TLSSettings {
        var settings = authority.settings
        settings.clientCertificate = ClientCertificate(certificateFile: certificate, keyFile: key)
        return settings
    }

    private func settings(showing certificate: TestCertificate) -> TLSSettings {
        settings(certificate: certificate.certificateFile, key: certificate.keyFile)
    }

    /// What the client hears of the server, which in TLS 1.3 judges after the client's handshake.
    private func verdict(_ settings: TLSSettings) throws -> TLSFailure? {
        let link = try Link(TLSContext(settings), server)
        return failure {
            if failure({ try link.handshake() }) == nil { return }
            link.pass(link.server, link.client)
            _ = try link.client.decrypt(upTo: 1)
        }
    }

    @Test func isShownToWhoAsks() throws {
        let link = try Link(TLSContext(settings(showing: own)), server)
        try link.handshake()
        try link.client.encrypt("EHLO\r\n".utf8)
        link.pass(link.client, link.server)
        #expect(try readAll(link.server) == Array("EHLO\r\n".utf8))
    }

    @Test func issuersBelowItAreSentAlong() throws {
        let middle = try TestCertificate(
            "Middle", isAuthority: true, issuer: clients.certificate, in: clients.folder)
        let leaf = try TestCertificate("leaf", issuer: middle, in: clients.folder)
        #expect(try verdict(settings(showing: leaf)) == nil)
    }

    @Test func aDemandIsExplained() throws {
        let failure = try #require(try verdict(authority.settings))
        #expect(failure.description.contains("set tls_cert_file and tls_key_file"), "\(failure)")
    }

    @Test func aDemandInTLS12IsExplained() throws {
        SSL_CTX_ctrl(server.handle.pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        let failure = try #require(try verdict(authority.settings))
        #expect(failure.kind == .alert("handshake failure"))
        #expect(failure.description.contains("tls_cert_file"), "\(failure)")
    }

    @Test func aCertificateOfAStrangerIsNamed() throws {
        let stranger = try Authority("Stranger").issue("client", names: nil)
        let failure = try #require(try verdict(settings(showing: stranger)))
        guard case .alert = failure.kind else {
            Issue.record("\(failure)")
            return
        }
        #expect(failure.description.contains(stranger.certificateFile), "\(failure)")
    }

    @Test func anExpiredOneIsNamed() throws {
        let old = try clients.issue("old", names: nil, days: -9 ... -2)
        let failure = try #require(try verdict(settings(showing: old)))
        #expect(failure.kind == .alert("certificate expired"))
        #expect(failure.description.contains("\(old.certificateFile) has expired; renew it"), "\(failure)")
    }

    @Test func theKeyMustBelongToIt() throws {
        let other = try clients.issue("other", names: nil)
        let settings = settings(certificate: own.certificateFile, key: other.keyFile)
        let failure = try #require(failure { _ = try TLSContext(settings) })
        #expect(failure.kind == .identityFile)
        #expect(
            failure.description
                == "tls_key_file \(other.keyFile): this is not the key of the certificate in \(own.certificateFile); "
                + "name the two files that belong together")
    }

    @Test func aPassphraseIsAskedOfNobody() throws {
        let settings = settings(certificate: own.certificateFile, key: try own.lockedKeyFile())
        let failure = try #require(failure { _ = try TLSContext(settings) })
        #expect(failure.kind == .identityFile)
        #expect(failure.description.contains("the key has a passphrase"), "\(failure)")
        #expect(failure.description.contains("openssl pkey -in OLD -out NEW"))
    }

    @Test(arguments: [nil, "", "no PEM\n"]) func unreadableFiles(content: String?) throws {
        let path = "\(clients.folder.path)/client.pem"
        if let content { try clients.folder.write(content, to: "client.pem") }
        for (key, settings) in [
            ("tls_cert_file", settings(certificate: path, key: own.keyFile)),
            ("tls_key_file", settings(certificate: own.certificateFile, key: path)),
        ] {
            let failure = try #require(failure { _ = try TLSContext(settings) })
            #expect(failure.kind == .identityFile)
            #expect(failure.description.hasPrefix("\(key) \(path): "))
        }
    }

    @Test func bothMayBeInOneFile() throws {
        let both = try clients.folder.write(
            contents(of: own.certificateFile) + contents(of: own.keyFile), to: "both.pem")
        #expect(try verdict(settings(certificate: both, key: both)) == nil)
    }

    @Test func theReaderIsAskedAndTheKeyIsASecret() throws {
        let settings = settings(showing: own)
        let failure = failure {
            _ = try TLSContext(settings) { path, isSecret throws(IdentityFileProblem) in
                if isSecret { throw IdentityFileProblem("holds a secret and every user can read it") }
                return try readIdentityFile(path, isSecret)
            }
        }
        #expect(
            failure?.description == "tls_key_file \(own.keyFile): holds a secret and every user can read it")
    }
}
