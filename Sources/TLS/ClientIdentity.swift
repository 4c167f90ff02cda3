// A client's certificate and key, from files to the context. Throws TLSFailure of the kind identityFile, in
// words for each of the mistakes that people make with such files.
internal import COpenSSL

/// Reads a file of the client's own; a secret one only if nobody else can read it.
public typealias IdentityFileReader =
    @Sendable (_ path: String, _ isSecret: Bool) throws(IdentityFileProblem) -> [UInt8]

/// Why such a file was not read; one phrase, which follows the file's name.
public struct IdentityFileProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Reads the file as it is, without a look at its permissions.
public let readIdentityFile: IdentityFileReader = { path, _ throws(IdentityFileProblem) in
    OpenSSLErrors.clear()
    guard let file = BIO_new_file(path, "r") else {
        throw IdentityFileProblem("cannot be read: \(OpenSSLErrors.drain().summary)")
    }
    defer { BIO_free(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16_384)
    var count = 0
    while BIO_read_ex(file, &block, block.count, &count) == 1 { bytes += block[..<count] }
    return bytes
}

extension ClientCertificate {
    func load(into context: OpaquePointer, _ readFile: IdentityFileReader) throws(TLSFailure) {
        let certificate = try read(
            certificateFile, "tls_cert_file", isSecret: certificateFile == keyFile, readFile)
        let key = try read(keyFile, "tls_key_file", isSecret: true, readFile)
        OpenSSLErrors.clear()
        defer { OpenSSLErrors.clear() }
        try withMemory(certificate) { memory throws(TLSFailure) in try useCertificates(memory, context) }
        try withMemory(key) { memory throws(TLSFailure) in try useKey(memory, context) }
        guard SSL_CTX_check_private_key(context) == 1 else {
            throw failure(
                "tls_key_file \(keyFile): this is not the key of the certificate in \(certificateFile); name the "
                    + "two files that belong together")
        }
    }

    private func read(
        _ path: String, _ key: String, isSecret: Bool, _ readFile: IdentityFileReader
    ) throws(TLSFailure) -> [UInt8] {
        do throws(IdentityFileProblem) {
            return try readFile(path, isSecret)
        } catch {
            throw failure("\(key) \(path): \(error)")
        }
    }

    /// The first certificate is ours, those behind it lead to an authority that the server knows.
    private func useCertificates(_ memory: OpaquePointer, _ context: OpaquePointer) throws(TLSFailure) {
        guard let own = PEM_read_bio_X509(memory, nil, noPassphrase, nil) else {
            throw failure(
                "tls_cert_file \(certificateFile): \(OpenSSLErrors.drain().summary); it must hold a certificate in "
                    + "PEM form, and below it those of its issuers")
        }
        defer { X509_free(own) }
        guard SSL_CTX_use_certificate(context, own) == 1 else {
            throw failure("tls_cert_file \(certificateFile): \(OpenSSLErrors.drain().summary)")
        }
        while let next = PEM_read_bio_X509(memory, nil, noPassphrase, nil) {
            if copenssl_add_chain_certificate(context, next) != 1 { X509_free(next) }
        }
        OpenSSLErrors.clear()
    }

    private func useKey(_ memory: OpaquePointer, _ context: OpaquePointer) throws(TLSFailure) {
        guard let key = PEM_read_bio_PrivateKey(memory, nil, noPassphrase, nil) else {
            let errors = OpenSSLErrors.drain()
            let isLocked = errors.contain(PEM_R_BAD_PASSWORD_READ, of: ERR_LIB_PEM)
            throw failure(
                "tls_key_file \(keyFile): "
                    + (isLocked
                        ? "the key has a passphrase, and nobody is there to type it; write it without one: "
                            + "openssl pkey -in OLD -out NEW"
                        : "\(errors.summary); it must hold the private key of \(certificateFile) in PEM form")
            )
        }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(context, key) == 1 else {
            let errors = OpenSSLErrors.drain()
            let isOther =
                errors.contain(X509_R_KEY_VALUES_MISMATCH, of: ERR_LIB_X509)
                || errors.contain(X509_R_KEY_TYPE_MISMATCH, of: ERR_LIB_X509)
            if isOther { return }  // The check that follows says so.
            throw failure("tls_key_file \(keyFile): \(errors.summary)")
        }
    }

    private func withMemory(
        _ bytes: [UInt8], _ body: (OpaquePointer) throws(TLSFailure) -> Void
    ) throws(TLSFailure) {
        guard let memory = BIO_new(BIO_s_mem()) else {
            throw TLSFailure(.internal, "no memory for a certificate")
        }
        defer { BIO_free(memory) }
        var written = 0
        BIO_write_ex(memory, bytes, bytes.count, &written)
        try body(memory)
    }

    private func failure(_ text: String) -> TLSFailure { TLSFailure(.identityFile, text) }
}
