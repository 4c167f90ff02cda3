// Private keys: which are taken, and that none is ever shown.
import Testing

@testable import DKIMCore

struct SigningKeyTests {
    @Test(arguments: SignatureAlgorithm.allCases)
    func writtenAndReadAgain(algorithm: SignatureAlgorithm) throws {
        let key = try TestKeys.key(algorithm)
        let pem = try Self.pem(of: key)
        let again = try SigningKey(pem: pem)
        #expect(try again.publicKeyInfo() == key.publicKeyInfo())
        #expect(again.algorithm == algorithm)
        #expect(again.bits == (algorithm == .rsaSHA256 ? 2048 : 256))
        #expect(again.warning == nil)
        #expect(pem.contains(UInt8(ascii: "-")), "a copy that the caller keeps is not overwritten")
    }

    @Test func showsNothingOfTheKey() throws {
        let key = try TestKeys.key(.rsaSHA256)
        var text = ""
        dump(key, to: &text)
        #expect(
            text + "\(key)" + String(reflecting: key) == """
                ▿ rsa key of 2048 bits
                  - algorithm: DKIMCore.SignatureAlgorithm.rsaSHA256
                  - bits: 2048
                rsa key of 2048 bitsrsa key of 2048 bits
                """)
    }

    @Test func pkcs1() throws {
        let key = try SigningKey(pem: Array(SampleKeys.rsa1024PKCS1.utf8))
        #expect(key.bits == 1024)
        #expect(key.warning?.contains("1024") == true)
    }

    @Test(arguments: [
        (SampleKeys.encryptedPKCS8, DKIMError.encryptedKey),
        (SampleKeys.encryptedPKCS1, .encryptedKey),
        (SampleKeys.rsa512, .keySize(512)),
        (SampleKeys.ellipticCurve, .unsupportedKey),
    ])
    func refused(pem: String, error: DKIMError) {
        #expect(throws: error) { try SigningKey(pem: Array(pem.utf8)) }
    }

    @Test(arguments: ["", "nothing", SampleKeys.publicKey, String(SampleKeys.rsa1024PKCS1.dropLast(90))])
    func notAPrivateKey(pem: String) {
        #expect { try SigningKey(pem: Array(pem.utf8)) } throws: { error in
            guard case DKIMError.noPrivateKey = error else { return false }
            return true
        }
    }

    @Test(arguments: [0, 512, 1023, 4097, 1 << 40]) func sizesRefused(bits: Int) {
        #expect(throws: DKIMError.keySize(bits)) { try SigningKey.generate(bits: bits) }
    }

    /// The key of RFC 8463 A.2 as dkimpy's files hold it, and as bytes.
    @Test(arguments: ["", "\n", "\r\n"]) func seed(ending: String) throws {
        let text = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
        let bytes = try #require(Base64.decode(text.utf8))
        for seed in [Array((text + ending).utf8), bytes] {
            let key = try SigningKey(ed25519Seed: seed)
            #expect(
                try KeyRecord(for: key).text
                    == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        }
    }

    @Test(arguments: [
        "", "nWGx", "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2", "-----BEGIN PRIVATE KEY-----",
    ])
    func noSeed(text: String) {
        #expect(throws: DKIMError.invalidSeed) { try SigningKey(ed25519Seed: Array(text.utf8)) }
    }

    static func pem(of key: SigningKey) throws -> [UInt8] {
        var pem: [UInt8] = []
        try key.withPEM { span in for index in span.indices { pem.append(span[index]) } }
        return pem
    }
}
