// The domains of a message's authors, as far as its From fields can be read. Nothing here throws: what is
// no address list is searched for what looks like the author's address, since programs write display names
// without the quotes that these need.
internal import MailCore

/// Whose mail it is, by domain.
struct AuthorDomains: Equatable {
    /// In the order of the fields and of the mailboxes in each.
    private(set) var domains: [String] = []
    /// Whether every author is known. Not so where a field gave no address at all, or there is none.
    private(set) var areComplete = true

    init(of header: MessageHeader) {
        let fields = header.fields(named: "From")
        if fields.isEmpty { areComplete = false }
        for field in fields {
            if let list = try? AddressList(parsing: field.value) {
                domains += list.addresses.compactMap(\.domain)
            } else if let domain = Self.lastAngleDomain(in: field.value) {
                domains.append(domain)
            } else {
                areComplete = false
            }
        }
    }

    /// The domain of the last `<…@domain>`, wherever it stands.
    private static func lastAngleDomain(in text: ArraySlice<UInt8>) -> String? {
        var found: String?
        var opened: Int?
        for (index, byte) in zip(text.indices, text) {
            if byte == UInt8(ascii: "<") { opened = index + 1 }
            guard byte == UInt8(ascii: ">"), let start = opened else { continue }
            found = domain(ofAddress: text[start..<index]) ?? found
            opened = nil
        }
        return found
    }

    /// What follows the last `@`, whatever stands before it.
    private static func domain(ofAddress text: ArraySlice<UInt8>) -> String? {
        guard let at = text.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return try? EmailAddress(parsing: [UInt8(ascii: "x")] + text[at...]).domain
    }
}
