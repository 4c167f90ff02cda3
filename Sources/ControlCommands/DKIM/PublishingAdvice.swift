// What to enter at a DNS provider for a key's record: the fields of the usual web form, and a zone file's line.

enum PublishingAdvice {
    static func text(for own: OwnKey) -> String {
        let names = places(own).map { "    name:  \($0.label)   where the zone is \($0.zone)" }
        return """
              Enter this at the DNS provider of \(own.domain):
                type:  TXT
            \(names.joined(separator: "\n"))
                value: \(own.record.text)
              The value goes in in one piece, without quotation marks. The same as a line of a zone file:
                \(own.record.zoneFileLine(selector: own.selector, domain: own.domain))
            """
    }

    /// The name as a form wants it, which depends on which domain is the zone: forms add it by themselves.
    private static func places(_ own: OwnKey) -> [(label: String, zone: String)] {
        var places = [(label: "\(own.selector)._domainkey", zone: own.domain)]
        let labels = own.domain.split(separator: ".")
        if labels.count > 2, let first = labels.first {
            let parent = labels.dropFirst().joined(separator: ".")
            places.append((label: "\(own.selector)._domainkey.\(first)", zone: parent))
        }
        return places
    }
}
