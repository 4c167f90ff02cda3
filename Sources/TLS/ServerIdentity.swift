// The name that a server must prove (RFC 9525 6): a DNS name or an IP address, as the reference
// identifier and for the server_name extension. Throws TLSFailure for a text that is neither.
internal import COpenSSL

/// A reference identifier.
enum ServerIdentity: Equatable {
    case name(String)
    case address(String)

    init(_ text: String) throws(TLSFailure) {
        // An IPv6 literal may come in the brackets of a URL, a name with the dot of the root, which
        // RFC 6066 3 leaves out.
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        if Self.isAddress(bare) {
            self = .address(bare)
        } else {
            let name = bare.hasSuffix(".") ? String(bare.dropLast()) : bare
            guard Self.isName(name) else {
                throw TLSFailure(
                    .serverName,
                    "\(printable(text.utf8, limit: 80)) is no host name that a certificate can prove: "
                        + "letters, digits, '-', '_' and dots are allowed (write an international name as xn--…)"
                )
            }
            self = .name(name.lowercased())
        }
    }

    var text: String {
        switch self {
        case .name(let text), .address(let text): text
        }
    }

    private static func isName(_ name: String) -> Bool {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.allSatisfy(isNameByte)
            }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        // What follows a NUL would not be seen.
        guard !text.utf8.contains(0) else { return false }
        let octets = a2i_IPADDRESS(text)
        OpenSSLErrors.clear()
        ASN1_OCTET_STRING_free(octets)
        return octets != nil
    }
}

/// What a peer or a file said, cut and made fit for one line of a log.
func printable(_ bytes: some Sequence<UInt8>, limit: Int) -> String {
    let shown = bytes.prefix(limit).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
    return "\"" + String(decoding: shown, as: UTF8.self) + "\""
}
