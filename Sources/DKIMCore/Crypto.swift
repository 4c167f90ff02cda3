// The cryptography DKIM needs, over OpenSSL: SHA-256, RSA PKCS #1 v1.5 and Ed25519. The module's only
// importer of COpenSSL; no C type leaves this file. Throws DKIMError; the thread's OpenSSL error queue is
// empty again afterwards, so that a TLS session on the same thread does not read our failures as its own.
import COpenSSL

/// A running SHA-256, a value: a copy goes its own way.
struct SHA256: Sendable {
    /// Sendable because it is changed only while one SHA256 value holds it.
    private final class Context: @unchecked Sendable {
        let pointer: OpaquePointer

        init(copying other: Context? = nil) {
            // Fails only without memory: whoever hashes has asked `requireAvailable` before.
            guard let pointer = EVP_MD_CTX_new(),
                other.map({ EVP_MD_CTX_copy_ex(pointer, $0.pointer) })
                    ?? EVP_DigestInit_ex(pointer, EVP_sha256(), nil) == 1
            else { preconditionFailure("OpenSSL gives no SHA-256") }
            self.pointer = pointer
        }

        deinit { EVP_MD_CTX_free(pointer) }
    }

    private var context = Context()

    /// An OpenSSL whose configuration (OPENSSL_CONF) loads no provider of SHA-256 can hash nothing.
    static func requireAvailable() throws(DKIMError) {
        let digest = EVP_MD_fetch(nil, "SHA256", nil)
        defer { EVP_MD_free(digest) }
        let reason = drainErrors()
        if digest == nil {
            throw .cryptography("no SHA-256, \(reason); look at openssl.cnf and OPENSSL_CONF")
        }
    }

    mutating func update(_ bytes: Span<UInt8>) {
        if !isKnownUniquelyReferenced(&context) { context = Context(copying: context) }
        bytes.withUnsafeBytes { _ = EVP_DigestUpdate(context.pointer, $0.baseAddress, $0.count) }
    }

    mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// The hash of bytes that are at hand whole.
    static func digest(of bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            EVP_Digest(bytes, bytes.count, buffer.baseAddress, nil, EVP_sha256(), nil)
            count = 32
        }
    }

    /// The 32 bytes of the hash; the value goes on as if nothing had been asked.
    func digest() -> [UInt8] {
        let last = Context(copying: context)
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            EVP_DigestFinal_ex(last.pointer, buffer.baseAddress, nil)
            count = 32
        }
    }
}

/// A private key. Sendable because OpenSSL's keys may be used by several threads at once while nobody
/// changes them; freeing one overwrites its secret numbers.
final class PrivateKey: @unchecked Sendable {
    private let pointer: OpaquePointer
    /// Ready to sign with RSA; each signature uses a copy, which is cheaper than to look up algorithms again.
    private let context: OpaquePointer?

    private init(owning pointer: OpaquePointer) {
        self.pointer = pointer
        context = EVP_PKEY_get_base_id(pointer) == EVP_PKEY_RSA ? Self.rsaContext(pointer) : nil
    }

    deinit {
        EVP_PKEY_CTX_free(context)
        EVP_PKEY_free(pointer)
    }

    private static func rsaContext(_ pointer: OpaquePointer) -> OpaquePointer? {
        let context = EVP_PKEY_CTX_new(pointer, nil)
        guard EVP_PKEY_sign_init(context) == 1,
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
            EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1
        else {
            // Signing will fail, and then say so.
            EVP_PKEY_CTX_free(context)
            _ = drainErrors()
            return nil
        }
        return context
    }

    /// Reads PKCS #1 or PKCS #8, and overwrites the bytes unless the caller has kept a copy.
    static func parse(pem: consuming [UInt8]) throws(DKIMError) -> PrivateKey {
        defer { pem.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        var isEncrypted = false
        let key = withUnsafeMutablePointer(to: &isEncrypted) { flag in
            withInput(pem) { PEM_read_bio_PrivateKey($0, nil, notePassphrase, flag) }
        }
        let reason = drainErrors()
        guard !isEncrypted else { throw .encryptedKey }
        guard let key else { throw .noPrivateKey(reason) }
        return PrivateKey(owning: key)
    }

    /// Takes the seed or its base 64, and overwrites it unless the caller has kept a copy.
    static func derive(ed25519Seed: consuming [UInt8]) throws(DKIMError) -> PrivateKey {
        var seed = ed25519Seed.count == 32 ? ed25519Seed : Base64.decode(ed25519Seed) ?? []
        defer {
            seed.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
            ed25519Seed.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
        }
        guard seed.count == 32 else { throw .invalidSeed }
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32) else {
            throw .cryptography("no key could be made of the seed: \(drainErrors())")
        }
        return PrivateKey(owning: key)
    }

    static func generate(_ algorithm: SignatureAlgorithm, bits: Int) throws(DKIMError) -> PrivateKey {
        let context = EVP_PKEY_CTX_new_id(algorithm.keyNumber, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            algorithm != .rsaSHA256 || EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1,
            EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw .cryptography("no key could be made: \(drainErrors())") }
        return PrivateKey(owning: key)
    }

    /// What it signs with; nil for a kind of key that DKIM does not know.
    var algorithm: SignatureAlgorithm? { SignatureAlgorithm(keyNumber: EVP_PKEY_get_base_id(pointer)) }
    var bits: Int { Int(EVP_PKEY_get_bits(pointer)) }

    /// SubjectPublicKeyInfo, DER.
    func publicKeyInfo() throws(DKIMError) -> [UInt8] {
        var start: UnsafeMutablePointer<UInt8>?
        let length = i2d_PUBKEY(pointer, &start)
        guard length > 0, let start else { throw .cryptography("no public key: \(drainErrors())") }
        defer { CRYPTO_free(start, #file, #line) }
        return Array(UnsafeBufferPointer(start: start, count: Int(length)))
    }

    /// The key as PKCS #8 in PEM, in memory that is overwritten afterwards.
    func withPEM<Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Void) throws(Failure) -> Bool {
        let output = BIO_new(BIO_s_secmem())
        defer { BIO_free_all(output) }
        var start: UnsafeMutablePointer<UInt8>?
        guard PEM_write_bio_PKCS8PrivateKey(output, pointer, nil, nil, 0, nil, nil) == 1,
            case let length = BIO_ctrl(output, BIO_CTRL_INFO, 0, &start), length > 0, let start
        else {
            _ = drainErrors()
            return false
        }
        try body(UnsafeBufferPointer(start: start, count: length).span)
        return true
    }

    /// Signs a SHA-256: RSASSA-PKCS1-v1_5 over it, or PureEd25519 of the hash as the message
    /// (RFC 8463 3).
    func signature(of digest: [UInt8]) throws(DKIMError) -> [UInt8] {
        var length = Int(EVP_PKEY_get_size(pointer))
        var result = [UInt8](repeating: 0, count: length)
        let isSigned =
            algorithm == .ed25519SHA256
            ? signEd25519(digest, &result, &length) : signRSA(digest, &result, &length)
        guard isSigned else { throw .cryptography("signing failed: \(drainErrors())") }
        return Array(result.prefix(length))
    }

    private func signRSA(_ digest: [UInt8], _ result: inout [UInt8], _ length: inout Int) -> Bool {
        guard let context, let copy = EVP_PKEY_CTX_dup(context) else { return false }
        defer { EVP_PKEY_CTX_free(copy) }
        return EVP_PKEY_sign(copy, &result, &length, digest, digest.count) == 1
    }

    private func signEd25519(_ digest: [UInt8], _ result: inout [UInt8], _ length: inout Int) -> Bool {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestSignInit(context, nil, nil, nil, pointer) == 1
            && EVP_DigestSign(context, &result, &length, digest, digest.count) == 1
    }
}

/// A public key; Sendable for the same reason as PrivateKey.
final class PublicKey: @unchecked Sendable {
    private let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) { self.pointer = pointer }
    deinit { EVP_PKEY_free(pointer) }

    /// The key of a record's `p=`: for RSA a SubjectPublicKeyInfo or the bare RSAPublicKey that
    /// RFC 6376 3.6.1 also names, for Ed25519 32 bytes (RFC 8463 4.2). Nil for anything else.
    static func parse(_ bytes: [UInt8], for algorithm: SignatureAlgorithm) -> PublicKey? {
        let key: OpaquePointer? =
            switch algorithm {
            case .ed25519SHA256:
                bytes.count == 32 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, 32) : nil
            case .rsaSHA256:
                der(bytes) { d2i_PUBKEY(nil, $0, $1) }
                    ?? der(bytes) { d2i_PublicKey(EVP_PKEY_RSA, nil, $0, $1) }
            }
        _ = drainErrors()
        guard let key else { return nil }
        let result = PublicKey(owning: key)
        return result.algorithm == algorithm ? result : nil
    }

    /// Reads a public key in PEM; nil where there is none.
    static func parse(pem: [UInt8]) -> PublicKey? {
        let key = withInput(pem) { PEM_read_bio_PUBKEY($0, nil, nil, nil) }
        _ = drainErrors()
        return key.map(PublicKey.init(owning:))
    }

    var algorithm: SignatureAlgorithm? { SignatureAlgorithm(keyNumber: EVP_PKEY_get_base_id(pointer)) }
    var bits: Int { Int(EVP_PKEY_get_bits(pointer)) }

    /// SubjectPublicKeyInfo, DER; nil where OpenSSL cannot write one.
    var publicKeyInfo: [UInt8]? {
        var start: UnsafeMutablePointer<UInt8>?
        let length = i2d_PUBKEY(pointer, &start)
        guard length > 0, let start else {
            _ = drainErrors()
            return nil
        }
        defer { CRYPTO_free(start, #file, #line) }
        return Array(UnsafeBufferPointer(start: start, count: Int(length)))
    }

    func accepts(_ signature: [UInt8], of digest: [UInt8]) -> Bool {
        let isValid =
            algorithm == .ed25519SHA256
            ? verifyEd25519(signature, digest) : verifyRSA(signature, digest)
        _ = drainErrors()
        return isValid
    }

    private func verifyRSA(_ signature: [UInt8], _ digest: [UInt8]) -> Bool {
        let context = EVP_PKEY_CTX_new(pointer, nil)
        defer { EVP_PKEY_CTX_free(context) }
        return EVP_PKEY_verify_init(context) == 1
            && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
            && EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1
            && EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
    }

    private func verifyEd25519(_ signature: [UInt8], _ digest: [UInt8]) -> Bool {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit(context, nil, nil, nil, pointer) == 1
            && EVP_DigestVerify(context, signature, signature.count, digest, digest.count) == 1
    }
}

extension SignatureAlgorithm {
    /// OpenSSL's number for the kind of key.
    fileprivate var keyNumber: Int32 { self == .rsaSHA256 ? EVP_PKEY_RSA : EVP_PKEY_ED25519 }

    fileprivate init?(keyNumber: Int32) {
        guard let match = Self.allCases.first(where: { $0.keyNumber == keyNumber }) else { return nil }
        self = match
    }
}

/// Says that there is no passphrase, and remembers that one was asked for: nothing here may prompt.
private func notePassphrase(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _ flag: UnsafeMutableRawPointer?
) -> Int32 {
    flag?.assumingMemoryBound(to: Bool.self).pointee = true
    return -1
}

/// Gives the bytes to a reader of OpenSSL; nil where they are too many for one.
private func withInput(_ bytes: [UInt8], _ read: (OpaquePointer?) -> OpaquePointer?) -> OpaquePointer? {
    guard let length = Int32(exactly: bytes.count) else { return nil }
    return bytes.withUnsafeBytes { buffer in
        let input = BIO_new_mem_buf(buffer.baseAddress, length)
        defer { BIO_free_all(input) }
        return input == nil ? nil : read(input)
    }
}

/// Decodes DER that must fill the bytes to the last one.
private func der(
    _ bytes: [UInt8],
    _ decode: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> OpaquePointer?
) -> OpaquePointer? {
    bytes.withUnsafeBufferPointer { buffer in
        var position = buffer.baseAddress
        guard let key = decode(&position, buffer.count) else { return nil }
        guard position == buffer.baseAddress.map({ $0 + buffer.count }) else {
            EVP_PKEY_free(key)
            return nil
        }
        return key
    }
}

/// Empties the thread's error queue and gives the text of its oldest error.
private func drainErrors() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let reason = ERR_reason_error_string(code) else { return "no reason given" }
    return String(cString: reason)
}
