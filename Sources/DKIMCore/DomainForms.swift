// The two forms in which a name stands in d=, s= and i=: A-labels, and the U-labels that RFC 8616 5 wants in
// messages whose header is international. Nothing here throws.
import IDNA
import MailCore

/// A domain name or selector in both forms, which are the same for most.
struct DomainForms: Equatable, Sendable {
    /// As the DNS has it.
    let ascii: String
    /// With U-labels; only where they say the same as the A-labels.
    let international: String

    /// Takes either form; nil for what is no name.
    init?(_ text: String) {
        guard let ascii = DomainName.ascii(text) else { return nil }
        self.ascii = ascii
        international = Self.international(ascii) ?? ascii
    }

    private static func international(_ ascii: String) -> String? {
        guard let name = try? InternationalDomain.unicode(ascii),
            (try? InternationalDomain.ascii(name)) == ascii.lowercased()
        else { return nil }
        return name
    }
}

/// The text of i= in both forms.
struct IdentityForms: Equatable, Sendable {
    let ascii: String
    let international: String

    /// Takes an address or `@domain`; nil for what is neither or lies outside of the domain (RFC 6376 3.5).
    init?(_ text: String, inOrBelow domain: DomainForms) {
        guard let at = text.lastIndex(of: "@"),
            let name = DomainForms(String(text[text.index(after: at)...])),
            DomainName.isName(name.ascii, inOrBelow: domain.ascii)
        else { return nil }
        let local = String(text[..<at])
        // A local part that only an international header can hold is left out elsewhere: `@domain` says less,
        // but nothing wrong.
        let isASCII = local.utf8.allSatisfy { $0 < 0x80 }
        ascii = QuotedPrintable.encode((isASCII ? local : "") + "@" + name.ascii)
        international = QuotedPrintable.encode(local + "@" + name.international, keeping: .utf8)
    }
}

extension MessageHeader {
    /// Whether it has text beyond ASCII in UTF-8 (RFC 6532 3); one in another charset is no international one.
    var isInternational: Bool {
        let fields = fields.filter { $0.bytes.contains { $0 >= 0x80 } }
        return !fields.isEmpty && fields.allSatisfy { String(validating: $0.bytes, as: UTF8.self) != nil }
    }
}
