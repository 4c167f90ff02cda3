// What a submission agent puts right in a header before the message is stored (RFC 6409 8): missing
// Date, From and Message-ID added, Bcc removed, stray control characters made blanks. Pure; never throws.
//
// - A field that is not touched keeps its bytes. An added one goes below all others, so that traces and
//   signatures above keep their places.
// - A field with nothing but white space in it counts as missing and the new one takes its place.
// - In a resent message the Resent- fields are completed, at the end of the most recent block, and the
//   original ones are left alone (RFC 5322 3.6.6).
// - Preparing twice changes nothing.

public struct Preparation: Sendable {
    /// msmtp's set_from_header.
    public enum FromRule: Sendable {
        /// A missing From is added.
        case auto
        /// From is replaced by the envelope's.
        case on
        case off
    }

    /// msmtp's set_to_header.
    public enum ToRule: Sendable {
        case off
        /// To names every recipient of the envelope; Cc and Bcc go.
        case on
        /// `To: undisclosed-recipients:;`; Cc and Bcc go.
        case undisclosedRecipients
    }

    public var date: DateTime
    /// The Message-ID's domain, and the sender's where its address has none.
    public var domain: String
    /// What no other message of this domain has: the Message-ID's left side.
    public var uniqueToken: String
    /// The name in an added From.
    public var fullName: String?
    /// Given to bare names in address fields (`To: root`); nil leaves them.
    public var qualifyDomain: String?
    public var setsFrom = FromRule.auto
    public var setsTo = ToRule.off
    public var addsDate = true
    public var addsMessageID = true
    public var removesBcc = true

    public init(
        date: DateTime, domain: String, uniqueToken: String, fullName: String? = nil,
        qualifyDomain: String? = nil
    ) {
        self.date = date
        self.domain = domain
        self.uniqueToken = uniqueToken
        self.fullName = fullName
        self.qualifyDomain = qualifyDomain
    }

    /// The header as it is stored, signed and sent.
    public func prepared(_ header: MessageHeader, for envelope: Envelope) -> MessageHeader {
        var header = MessageHeader(fields: header.fields.map(\.withoutStrayControls))
        if let qualifyDomain {
            header.fields = header.fields.map { $0.qualifyingNames(with: qualifyDomain) }
        }
        let prefix = header.resentBlock == nil ? "" : "Resent-"
        if addsDate { header.supply(HeaderField(name: prefix + "Date", value: date.fieldValue)) }
        if setsFrom != .off {
            header.supply(from(prefix + "From", envelope.reversePath), replacing: setsFrom == .on)
        }
        if addsMessageID { header.supply(HeaderField(name: prefix + "Message-ID", value: messageID)) }
        if let field = to(prefix + "To", envelope.recipients) {
            header.replaceRecipients(by: field, prefix: prefix)
        }
        if removesBcc { header.fields.removeAll { $0.isNamed(in: ["Bcc", "Resent-Bcc"]) } }
        return header
    }

    private func from(_ name: String, _ path: ReversePath) -> HeaderField {
        let address =
            switch path {
            case .address(let address): address.qualified(with: domain)
            case .null: EmailAddress(localPart: "MAILER-DAEMON", domain: domain)
            }
        let phrase = Phrase.words(for: fullName ?? "")
        return HeaderField(name: name, words: phrase.isEmpty ? ["\(address)"] : phrase + ["<\(address)>"])
    }

    private func to(_ name: String, _ recipients: [EmailAddress]) -> HeaderField? {
        switch setsTo {
        case .off: nil
        case .undisclosedRecipients: HeaderField(name: name, value: "undisclosed-recipients:;")
        case .on:
            // One to a line: an address may be as long as a line should be (RFC 5322 2.1.1).
            HeaderField(name: name, value: recipients.map(\.description).joined(separator: ",\r\n "))
        }
    }

    /// msg-id of RFC 5322 3.6.4; what cannot stand in a dot-atom becomes a hyphen.
    private var messageID: String {
        let sides = [uniqueToken, domain].map { side in
            side.utf8.map { ASCII.isAtomText($0) || $0 == UInt8(ascii: ".") ? $0 : UInt8(ascii: "-") }
        }
        return "<\(sides.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "@"))>"
    }
}

extension MessageHeader {
    /// Puts the field where the first of To, Cc and Bcc stood, or behind all others, and removes these; in
    /// a resent message those of the most recent block.
    fileprivate mutating func replaceRecipients(by field: HeaderField, prefix: String) {
        let scope = field.isResent ? resentBlock ?? 0..<0 : fields.indices
        let names = ["To", "Cc", "Bcc"].map { prefix + $0 }
        let present = scope.filter { fields[$0].isNamed(in: names) }
        fields.insert(field, at: present.first ?? scope.upperBound)
        for index in present.reversed() { fields.remove(at: index + 1) }
    }

    /// Adds the field where the header, or its most recent resent block, has none of its name. Blank
    /// ones give way to it or to the one there is; with `replacing` every other does.
    fileprivate mutating func supply(_ field: HeaderField, replacing: Bool = false) {
        let scope = field.isResent ? resentBlock ?? 0..<0 : fields.indices
        let name = String(decoding: field.name, as: UTF8.self)
        let present = scope.filter { fields[$0].isNamed(name) }
        guard let first = present.first else { return fields.insert(field, at: scope.upperBound) }
        let keeps = !replacing && present.contains { !fields[$0].isBlank }
        if !keeps { fields[first] = field }
        let superfluous = Set(keeps ? present.filter { fields[$0].isBlank } : Array(present.dropFirst()))
        guard !superfluous.isEmpty else { return }
        fields = fields.indices.filter { !superfluous.contains($0) }.map { fields[$0] }
    }
}
