// A key record in the forms in which it is put into a zone. A TXT string holds 255 bytes at most
// (RFC 1035 3.3.14), so that a longer record is split, and read joined again (RFC 6376 3.6.2.2).

extension KeyRecord {
    /// The line of a zone file, with its full name.
    public func zoneFileLine(selector: String, domain: String) -> String {
        "\(Self.name(selector: selector, domain: domain)). IN TXT \(quotedStrings)"
    }

    /// The command that adds the record to a zone of PowerDNS, for a shell.
    public func pdnsutilCommand(selector: String, domain: String) -> String {
        "pdnsutil add-record \(domain) \(selector)._domainkey TXT '\(quotedStrings)'"
    }

    /// The strings of the TXT record, which are read without anything between them.
    public var strings: [String] {
        let text = Array(self.text.utf8)
        return stride(from: 0, to: text.count, by: Self.maximumString).map { start in
            String(
                decoding: text[start..<min(start + Self.maximumString, text.count)], as: UTF8.self)
        }
    }

    private var quotedStrings: String { strings.map { "\"\($0)\"" }.joined(separator: " ") }

    private static let maximumString = 255
}
