// A test certificate authority and two sessions tied together in memory.
internal import COpenSSL
internal import Glibc
import TLS
import Testing

struct SupportFailure: Error { let what: String }

/// A folder of its own, removed with its content at the end.
final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/tls-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SupportFailure(what: "mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        guard let list = opendir(path) else { return }
        while let entry = readdir(list) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink("\(path)/\(name)")
        }
        closedir(list)
        rmdir(path)
    }

    @discardableResult func write(_ text: String, to name: String) throws -> String {
        guard let file = fopen("\(path)/\(name)", "w") else { throw SupportFailure(what: "fopen \(name)") }
        fputs(text, file)
        fclose(file)
        return "\(path)/\(name)"
    }
}

/// A certificate with its key (ECDSA P-256), and what it may be made from.
final class TestCertificate {
    let x509: OpaquePointer
    let key: OpaquePointer
    private let folder: Folder
    private let isIntermediate: Bool
    let certificateFile: String
    let keyFile: String

    /// - Parameters:
    ///   - names: the value of subjectAltName in OpenSSL's words, such as `DNS:a.example,IP:192.0.2.1`.
    ///   - days: the days from now between which it is valid.
    init(
        _ commonName: String, names: String? = nil, days: ClosedRange<Int> = -1...1,
        isAuthority: Bool = false,
        issuer: TestCertificate? = nil, in folder: Folder
    ) throws {
        guard let key = Self.makeKey(), let x509 = X509_new() else { throw SupportFailure(what: "key") }
        self.key = key
        self.folder = folder
        self.x509 = x509
        isIntermediate = isAuthority && issuer != nil
        X509_set_version(x509, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(x509), .random(in: 1..<Int(Int32.max)))
        X509_gmtime_adj(X509_getm_notBefore(x509), days.lowerBound * 86400)
        X509_gmtime_adj(X509_getm_notAfter(x509), days.upperBound * 86400)
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(x509), "CN", MBSTRING_FLAG, Array(commonName.utf8),
            Int32(commonName.utf8.count), -1, 0)
        X509_set_issuer_name(x509, X509_get_subject_name(issuer?.x509 ?? x509))
        X509_set_pubkey(x509, key)
        if isAuthority { try Self.add(NID_basic_constraints, "critical,CA:TRUE", to: x509) }
        if let names { try Self.add(NID_subject_alt_name, names, to: x509) }
        guard X509_sign(x509, issuer?.key ?? key, EVP_sha256()) > 0 else {
            throw SupportFailure(what: "sign")
        }
        let file = "\(folder.path)/\(UInt32.random(in: 0 ... .max))"
        certificateFile = file + ".crt"
        keyFile = file + ".key"
        try Self.save(certificateFile) { file in
            guard let issuer, issuer.isIntermediate else { return PEM_write_bio_X509(file, x509) }
            return PEM_write_bio_X509(file, x509) & PEM_write_bio_X509(file, issuer.x509)
        }
        try Self.save(keyFile) { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    deinit {
        X509_free(x509)
        EVP_PKEY_free(key)
    }

    /// A server that shows this certificate, and the issuer's too where that is no root.
    func server(demandingFrom authority: TestCertificate? = nil) throws -> TLSServerContext {
        try TLSServerContext(
            certificateFile: certificateFile, keyFile: keyFile, clientAuthorities: authority?.certificateFile)
    }

    /// A revocation list of what this authority has issued, as a file.
    func revoke(_ certificates: [TestCertificate], days: ClosedRange<Int> = -1...1) throws -> String {
        guard let list = X509_CRL_new() else { throw SupportFailure(what: "CRL") }
        defer { X509_CRL_free(list) }
        X509_CRL_set_version(list, 1)
        X509_CRL_set_issuer_name(list, X509_get_subject_name(x509))
        let from = X509_gmtime_adj(nil, days.lowerBound * 86400)
        let until = X509_gmtime_adj(nil, days.upperBound * 86400)
        defer {
            ASN1_TIME_free(from)
            ASN1_TIME_free(until)
        }
        X509_CRL_set1_lastUpdate(list, from)
        X509_CRL_set1_nextUpdate(list, until)
        for certificate in certificates {
            let entry = X509_REVOKED_new()
            X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.x509))
            X509_REVOKED_set_revocationDate(entry, from)
            X509_CRL_add0_revoked(list, entry)
        }
        X509_CRL_sort(list)
        guard X509_CRL_sign(list, key, EVP_sha256()) > 0 else { throw SupportFailure(what: "sign") }
        let path = "\(folder.path)/\(UInt32.random(in: 0 ... .max)).crl"
        try Self.save(path) { PEM_write_bio_X509_CRL($0, list) }
        return path
    }

    /// The key in a file that only a passphrase opens.
    func lockedKeyFile() throws -> String {
        let path = keyFile + ".locked"
        try Self.save(path) {
            PEM_write_bio_PKCS8PrivateKey($0, key, EVP_aes_256_cbc(), "secret", 6, nil, nil)
        }
        return path
    }

    /// The digest of the certificate.
    func fingerprint(_ algorithm: Fingerprint.Algorithm) -> Fingerprint {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        X509_digest(x509, algorithm == .sha1 ? EVP_sha1() : EVP_sha256(), &digest, &length)
        return Fingerprint(algorithm, Array(digest[..<Int(length)]))
    }

    private static func makeKey() -> OpaquePointer? {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        EVP_PKEY_keygen_init(context)
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1)
        EVP_PKEY_keygen(context, &key)
        return key
    }

    private static func add(_ identifier: Int32, _ value: String, to x509: OpaquePointer) throws {
        guard let made = X509V3_EXT_conf_nid(nil, nil, identifier, value) else {
            throw SupportFailure(what: value)
        }
        X509_add_ext(x509, made, -1)
        X509_EXTENSION_free(made)
    }

    private static func save(_ path: String, _ write: (OpaquePointer) -> Int32) throws {
        guard let file = BIO_new_file(path, "w") else { throw SupportFailure(what: path) }
        defer { BIO_free(file) }
        guard write(file) == 1 else { throw SupportFailure(what: path) }
    }
}

/// An authority with the folder that all its certificates lie in.
struct Authority {
    let folder: Folder
    let certificate: TestCertificate

    init(_ name: String = "Test Authority") throws {
        folder = try Folder()
        certificate = try TestCertificate(name, isAuthority: true, in: folder)
    }

    var settings: TLSSettings { TLSSettings(trust: .file(certificate.certificateFile)) }

    /// Settings that want a look at these lists, each a file.
    func settings(lists paths: [String]) throws -> TLSSettings {
        let all = try paths.map(contents).joined()
        let file = try folder.write(all, to: "\(UInt32.random(in: 0 ... .max)).crl")
        return TLSSettings(.authority(.file(certificate.certificateFile), revocationLists: file))
    }

    func issue(
        _ commonName: String, names: String?, days: ClosedRange<Int> = -1...1
    ) throws -> TestCertificate {
        try TestCertificate(commonName, names: names, days: days, issuer: certificate, in: folder)
    }
}

/// A client and a server whose bytes are passed on in pieces of any size.
struct Link {
    let client: TLSSession
    let server: TLSSession
    var piece = Int.max

    init(_ client: TLSContext, _ server: TLSServerContext, name: String = "mail.example.org") throws {
        self.client = try TLSSession(context: client, serverName: name)
        self.server = try TLSSession(server: server)
    }

    /// Both sides until neither has more to say. What one side throws the other hears of first.
    func handshake() throws {
        var isDone = (false, false)
        for _ in 0..<20 where isDone != (true, true) {
            isDone.0 = try client.handshake()
            pass(client, server)
            let answer = Result { try server.handshake() }
            pass(server, client)
            if case .failure = answer { _ = try client.handshake() }
            isDone.1 = try answer.get()
        }
        guard isDone == (true, true) else { throw SupportFailure(what: "the handshake does not end") }
    }

    func pass(_ from: TLSSession, _ to: TLSSession) {
        var bytes = from.takeOutput()[...]
        while !bytes.isEmpty {
            to.receive(Array(bytes.prefix(piece)))
            bytes = bytes.dropFirst(piece)
        }
    }
}

/// A file as text.
func contents(of path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw SupportFailure(what: path) }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
}

/// All that can be read now.
func readAll(_ session: TLSSession, upTo most: Int = 65536) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while case .bytes(let more) = try session.decrypt(upTo: most) { bytes += more }
    return bytes
}

/// The failure that the body throws.
func failure(_ body: () throws -> Void) -> TLSFailure? {
    do {
        try body()
        return nil
    } catch {
        return error as? TLSFailure
    }
}
