// Ciphers in OpenSSL's words, and how short a Diffie-Hellman exchange may be.
internal import COpenSSL
import Testing

@testable import TLS

@Suite struct Ciphers {
    let authority: Authority
    let server: TLSServerContext

    init() throws {
        authority = try Authority()
        server = try authority.issue("x", names: "DNS:mail.example.org").server()
    }

    private func connected(_ ciphers: String?, minimumDHBits: Int? = nil) throws -> Link {
        var settings = authority.settings
        settings.ciphers = ciphers
        settings.minimumDHBits = minimumDHBits
        let link = try Link(TLSContext(settings), server)
        try link.handshake()
        return link
    }

    private func limitServer(to version: Int32) {
        SSL_CTX_ctrl(server.handle.pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
    }

    @Test(arguments: [
        (nil, "TLSv1.3 TLS_AES_256_GCM_SHA384"),
        ("TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256"),
        ("TLS_AES_128_GCM_SHA256:ECDHE+AESGCM", "TLSv1.3 TLS_AES_128_GCM_SHA256"),
        ("HIGH:!kRSA", "TLSv1.3 TLS_AES_256_GCM_SHA384"), ("TLSv1.3", "TLSv1.3 TLS_AES_256_GCM_SHA384"),
    ])
    func areThoseOfTheWords(words: String?, summary: String) throws {
        #expect(try connected(words).client.summary == summary)
    }

    @Test(arguments: [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256"),
        ("ECDHE+CHACHA20 TLS_AES_128_GCM_SHA256", "TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305"),
        ("DEFAULT:@SECLEVEL=2", "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384"),
    ])
    func areThoseOfTheWordsInTLS12(words: String, summary: String) throws {
        limitServer(to: TLS1_2_VERSION)
        #expect(try connected(words).client.summary == summary)
    }

    @Test(arguments: ["TLSv1.3", "TLSv1.3:ECDHE+AESGCM", "TLS_AES_256_GCM_SHA384"])
    func mayExcludeTLS12(words: String) throws {
        limitServer(to: TLS1_2_VERSION)
        let failure = try #require(failure { _ = try connected(words) })
        #expect(failure.kind == .protocolVersion)
        #expect(failure.description.contains("tls_priorities"), "\(failure)")
    }

    @Test(arguments: [
        ("HIHG", "\"HIHG\" is no cipher"), ("ECDHE+AESGCM:FOO", "\"FOO\" is no cipher"),
        ("TLS_FOO", "TLS_FOO is no suite"), ("aNULL", "no cipher is left"), ("!ALL", "no cipher is left"),
        ("x\r\ny", "is no cipher"),
    ])
    func wordsThatMeanNone(words: String, text: String) throws {
        let failure = try #require(failure { _ = try connected(words) })
        #expect(failure.kind == .ciphers)
        #expect(failure.description.hasPrefix("tls_priorities: "))
        #expect(failure.description.contains(text), "\(failure)")
    }

    @Test func noneInCommonNamesTheKey() throws {
        limitServer(to: TLS1_2_VERSION)
        #expect(SSL_CTX_set_cipher_list(server.handle.pointer, "ECDHE+AES256") == 1)
        let failure = try #require(failure { _ = try connected("ECDHE+AES128") })
        #expect(failure.kind == .alert("handshake failure"))
        #expect(failure.description.contains("tls_priorities"), "\(failure)")
    }

    @Test(arguments: [(nil, true), (2048, true), (3072, false)] as [(Int?, Bool)])
    func diffieHellmanMayBeTooShort(least: Int?, isGood: Bool) throws {
        #expect(
            SSL_CTX_ctrl(
                server.handle.pointer, SSL_CTRL_SET_GROUPS_LIST, 0,
                UnsafeMutableRawPointer(mutating: ("ffdhe2048" as StaticString).utf8Start)) == 1)
        let failure = failure { _ = try connected(nil, minimumDHBits: least) }
        #expect((failure == nil) == isGood)
        guard let failure else { return }
        #expect(failure.kind == .weakKeyExchange)
        #expect(failure.description.contains("2048 bits where tls_min_dh_prime_bits asks for 3072"))
    }

    @Test func ellipticCurvesHaveNoPrime() throws {
        #expect(throws: Never.self) { try connected(nil, minimumDHBits: 65_536) }
    }
}
