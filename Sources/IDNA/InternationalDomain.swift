// Domain names of many scripts and their two forms (RFC 5890): U-labels as people write them, A-labels
// (`xn--…`) as the DNS and protocols without SMTPUTF8 know them. By libidn2 (IDNA2008 with the mapping of
// UTS 46, non-transitional). Throws InvalidDomainName, whatever the text is.
internal import CIDN2

/// Why a text is no domain name; one phrase for a person.
public struct InvalidDomainName: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
}

/// The two forms of a domain name.
public enum InternationalDomain {
    /// In A-labels and lower case. A name that is ASCII already comes back in lower case, whatever else is
    /// in it: it may have underscores, as the names of records do.
    public static func ascii(_ name: String) throws(InvalidDomainName) -> String {
        if name.utf8.allSatisfy({ $0 < 0x80 }) { return name.lowercased() }
        // The library takes "ü..example" for a name.
        guard !name.hasPrefix("."), !name.contains("..") else {
            throw InvalidDomainName(description: "it has an empty label")
        }
        return try convert(name) {
            idn2_to_ascii_8z($0, $1, Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue))
        }
    }

    /// In U-labels, where it has A-labels; the others stay as they are.
    public static func unicode(_ name: String) throws(InvalidDomainName) -> String {
        try convert(name) { idn2_to_unicode_8z8z($0, $1, 0) }
    }

    private static func convert(
        _ name: String,
        _ body: (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) throws(InvalidDomainName) -> String {
        guard !name.utf8.contains(0) else { throw InvalidDomainName(description: "it holds a NUL") }
        var result: UnsafeMutablePointer<CChar>?
        let status = name.withCString { body($0, &result) }
        defer { idn2_free(result) }
        guard status == IDN2_OK.rawValue, let result else {
            throw InvalidDomainName(description: String(cString: idn2_strerror(status)))
        }
        return String(cString: result)
    }
}
