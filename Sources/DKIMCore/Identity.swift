// The i= of a received signature, an address or `@domain` in either form. Nothing here throws.

struct Identity {
    let localPart: String
    /// In A-labels.
    let domain: String

    /// Nil where it is no address. U-labels stand as they are in international fields only (RFC 8616 5); a name
    /// that was quoted to look like ASCII is none.
    init?(_ value: ArraySlice<UInt8>) {
        guard let text = QuotedPrintable.decode(value), let at = text.lastIndex(of: "@") else { return nil }
        let name = String(text[text.index(after: at)...])
        let isInternational = value.contains { $0 >= 0x80 }
        guard isInternational || name.utf8.allSatisfy({ $0 < 0x80 }), let domain = DomainName.ascii(name)
        else { return nil }
        localPart = String(text[..<at])
        self.domain = domain
    }

    var address: String { localPart + "@" + domain }
}
