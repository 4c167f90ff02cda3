// What a person wants to know of a certificate that was refused. A borrowed view: valid only while
// OpenSSL keeps the certificate.
internal import COpenSSL

/// An X.509 certificate of the peer (RFC 5280).
struct Certificate {
    let x509: OpaquePointer

    /// `CN=smtp.example.org, issued by CN=Example CA`.
    var label: String {
        "\(Self.text(of: X509_get_subject_name(x509))), issued by \(issuer)"
    }

    var issuer: String { Self.text(of: X509_get_issuer_name(x509)) }

    var notBefore: String { Self.text(of: X509_get0_notBefore(x509)) }
    var notAfter: String { Self.text(of: X509_get0_notAfter(x509)) }

    /// The DNS names and IP addresses of subjectAltName, at most eight.
    var names: [String] {
        guard let extensions = X509_get_ext_d2i(x509, NID_subject_alt_name, nil, nil) else { return [] }
        let list = OpaquePointer(extensions)
        defer { GENERAL_NAMES_free(list) }
        return (0..<min(copenssl_general_name_count(list), 8)).compactMap { index in
            copenssl_general_name(list, index).flatMap { Self.text(of: $0.pointee) }
        }
    }

    private static func text(of name: GENERAL_NAME) -> String? {
        switch name.type {
        case GEN_DNS: cut(bytes(of: name.d.dNSName))
        case GEN_IPADD: addressText(bytes(of: name.d.iPAddress))
        default: nil
        }
    }

    private static func addressText(_ octets: [UInt8]) -> String? {
        switch octets.count {
        case 4: octets.map(String.init).joined(separator: ".")
        case 16:
            stride(from: 0, to: 16, by: 2).map {
                String(UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]), radix: 16)
            }.joined(separator: ":")
        default: nil
        }
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let name, let memory = BIO_new(BIO_s_mem()) else { return "a certificate without a name" }
        defer { BIO_free(memory) }
        copenssl_print_name(memory, name)
        let line = drain(memory)
        return line.isEmpty ? "a certificate without a name" : cut(line)
    }

    /// `2026-01-31 12:00:00 UTC`, from GeneralizedTime's YYYYMMDDHHMMSSZ (RFC 5280 4.1.2.5.2).
    static func text(of time: UnsafePointer<ASN1_TIME>?) -> String {
        guard let general = ASN1_TIME_to_generalizedtime(time, nil) else { return "an unreadable date" }
        defer { ASN1_GENERALIZEDTIME_free(general) }
        let digits = bytes(of: general).map { String(UnicodeScalar($0)) }
        guard digits.count >= 14 else { return "an unreadable date" }
        func part(_ range: Range<Int>) -> String { digits[range].joined() }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) "
            + "\(part(8..<10)):\(part(10..<12)):\(part(12..<14)) UTC"
    }

    private static func bytes(of value: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        guard let value else { return [] }
        return Array(
            UnsafeBufferPointer(start: ASN1_STRING_get0_data(value), count: Int(ASN1_STRING_length(value))))
    }

    private static func cut(_ bytes: [UInt8]) -> String {
        let shown = bytes.prefix(200).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }
        return String(decoding: shown, as: UTF8.self)
    }
}

/// A list of certificates that their issuer takes back (RFC 5280 5); borrowed like them.
struct RevocationList {
    let crl: OpaquePointer

    /// When the next one should have been there.
    var nextUpdate: String { Certificate.text(of: X509_CRL_get0_nextUpdate(crl)) }

    /// The time of the certificate's revocation; nil where it is not on the list.
    func revocation(of certificate: Certificate) -> String? {
        var entry: OpaquePointer?
        guard X509_CRL_get0_by_cert(crl, &entry, certificate.x509) != 0, let entry else { return nil }
        return Certificate.text(of: X509_REVOKED_get0_revocationDate(entry))
    }
}
