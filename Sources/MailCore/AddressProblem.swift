// What is wrong with an address or a list of them, and where: the one error of the address parser.

/// A list that is not one (RFC 5322 3.4), or an address that no server could take (RFC 5321 4.5.3.1).
public struct AddressProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case unclosedComment = "a comment '(' that is not closed"
        case unclosedQuote = "a quotation mark that is not closed"
        case unclosedLiteral = "a '[' without ']'"
        case unclosedAngle = "a '<' without '>'"
        case unclosedGroup = "a group 'name:' without its ';'"
        case commentsTooDeep = "comments nested too deeply"
        case controlCharacter = "a control character"
        case notUTF8 = "an address that is not UTF-8"
        case unexpected = "a character that cannot stand here"
        case strayText = "text after an address (a comma missing?)"
        case strayWords = "words that make no address (its < > missing, or a comma?)"
        case secondAt = "a second '@'"
        case semicolonOutsideGroup = "a ';' where a comma belongs"
        case noAddress = "no address"
        case severalAddresses = "more than one address"
        case noLocalPart = "nothing before the '@'"
        case noDomain = "nothing after the '@'"
        case badDomain = "a domain that is not letters, digits and hyphens between single dots"
        case localPartTooLong = "more than 64 bytes before the '@'"
        case domainTooLong = "a domain of more than 255 bytes"
        case pathTooLong = "an address of more than 254 bytes"
        case tooManyAddresses = "more addresses than allowed"
    }

    public let kind: Kind
    /// Which byte of the text, counted from one.
    public let column: Int
    /// What stands there, fit to be shown.
    public let excerpt: String

    private init(_ kind: Kind, column: Int, excerpt: String) {
        self.kind = kind
        self.column = column
        self.excerpt = excerpt
    }

    /// The same problem, told of a text in which `count` bytes precede the list.
    func shifted(by count: Int) -> AddressProblem {
        AddressProblem(kind, column: column + count, excerpt: excerpt)
    }

    init(_ kind: Kind, at index: Int, of bytes: ArraySlice<UInt8>) {
        self.kind = kind
        column = index - bytes.startIndex + 1
        let rest = bytes[min(index, bytes.endIndex)...]
        excerpt = String(printable: rest.prefix(32)) + (rest.count > 32 ? "…" : "")
    }

    public var description: String {
        excerpt.isEmpty ? "\(kind.rawValue) at the end" : "\(kind.rawValue) at column \(column): \(excerpt)"
    }
}
