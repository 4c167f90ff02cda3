// Addresses as an envelope carries them (RFC 5321 4.1.2). Parsing them out of header fields is
// AddressList's work.

/// One mailbox: a local part without its quoting, and a domain, which a local name such as `root` lacks.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The local part with its case kept (RFC 5321 2.4) and without quotes or backslashes.
    public let localPart: String
    /// The domain as given, an address literal with its brackets; nil for a bare local name.
    public let domain: String?

    public init(localPart: String, domain: String?) {
        self.localPart = localPart
        self.domain = domain
    }

    /// The form that stands between angle brackets, quoted where RFC 5321 4.1.2 asks for it.
    public var description: String {
        let local = Self.isDotString(localPart) ? localPart : Self.quoted(localPart)
        guard let domain else { return local }
        return "\(local)@\(domain)"
    }

    /// Whether the address needs SMTPUTF8 (RFC 6531 3.3).
    public var isASCII: Bool {
        localPart.utf8.allSatisfy { $0 < 0x80 } && (domain?.utf8.allSatisfy { $0 < 0x80 } ?? true)
    }

    /// The same address, with that domain where it has none.
    public func qualified(with domain: String?) -> EmailAddress {
        self.domain == nil ? EmailAddress(localPart: localPart, domain: domain) : self
    }

    /// Equal for delivery: the domain's case does not count, the local part's does (RFC 5321 2.4).
    public func isSameMailbox(as other: EmailAddress) -> Bool { deliveryKey == other.deliveryKey }

    /// The address with its domain in lower case, to find duplicates by.
    var deliveryKey: EmailAddress { EmailAddress(localPart: localPart, domain: domain?.lowercased()) }

    private static func isDotString(_ text: String) -> Bool {
        let atoms = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return atoms.allSatisfy { atom in !atom.isEmpty && atom.allSatisfy(ASCII.isAtomText) }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result + "\""
    }
}

/// Where bounces go: an address, or nowhere (`<>`, RFC 5321 4.5.5).
public enum ReversePath: Hashable, Sendable, CustomStringConvertible {
    case null
    case address(EmailAddress)

    /// The path without angle brackets; empty for the null reverse-path.
    public var description: String {
        switch self {
        case .null: ""
        case .address(let address): address.description
        }
    }
}

/// Who a message is from and to, whatever its header says.
public struct Envelope: Equatable, Sendable {
    public var reversePath: ReversePath
    public var recipients: [EmailAddress]

    public init(reversePath: ReversePath, recipients: [EmailAddress]) {
        self.reversePath = reversePath
        self.recipients = recipients
    }
}
