// One certificate and no other, by its digest.
import TLS
import Testing

@Suite struct Fingerprints {
    let authority: Authority
    let certificate: TestCertificate

    init() throws {
        authority = try Authority()
        // Nothing in it is right: only the digest counts.
        certificate = try TestCertificate(
            "Own", names: "DNS:other.example", days: -9 ... -2, in: authority.folder)
    }

    private func link(_ fingerprint: Fingerprint, _ server: TLSServerContext) throws -> Link {
        try Link(TLSContext(TLSSettings(.fingerprint(fingerprint))), server)
    }

    @Test(arguments: [Fingerprint.Algorithm.sha256, .sha1]) func theRightOne(
        algorithm: Fingerprint.Algorithm
    ) throws {
        try link(certificate.fingerprint(algorithm), certificate.server()).handshake()
    }

    @Test(arguments: [Fingerprint.Algorithm.sha256, .sha1]) func anotherOne(
        algorithm: Fingerprint.Algorithm
    ) throws {
        let other = try authority.issue("Other", names: "DNS:mail.example.org")
        let expected = certificate.fingerprint(algorithm)
        let found = other.fingerprint(algorithm)
        let failure = try #require(failure { try link(expected, other.server()).handshake() })
        #expect(failure.kind == .certificate(.wrongFingerprint(expected: expected, found: found)))
        #expect(
            failure.description.hasSuffix(
                "its \(algorithm.rawValue) fingerprint is \(found) and not \(expected); if its owner says that this one "
                    + "is right, write `tls_fingerprint \(other.fingerprint(.sha256))`"))
    }

    @Test func aDigestOfAnotherLengthMatchesNothing() throws {
        let half = Fingerprint(.sha256, Array(certificate.fingerprint(.sha256).digest.prefix(16)))
        #expect(failure { try link(half, certificate.server()).handshake() } != nil)
    }

    @Test func isWrittenAsOpenSSLDoes() {
        #expect(Fingerprint(.sha1, [0, 10, 255]).description == "00:0A:FF")
    }

    @Test func resumesWithTheSameFingerprintOnly() throws {
        let context = try TLSContext(TLSSettings(.fingerprint(certificate.fingerprint(.sha256))))
        let server = try certificate.server()
        var resumed: [Bool] = []
        for _ in 0..<2 {
            let link = try Link(context, server)
            try link.handshake()
            try link.server.encrypt("220\r\n".utf8)
            link.pass(link.server, link.client)
            _ = try readAll(link.client)
            resumed.append(link.client.isResumed)
        }
        #expect(resumed == [false, true])
        let other = try authority.issue("Other", names: nil)
        #expect(failure { try link(other.fingerprint(.sha256), server).handshake() } != nil)
    }
}
