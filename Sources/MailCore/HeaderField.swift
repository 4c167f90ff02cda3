// A message's header as bytes: fields in their order, each exactly as it stands in the message, so
// that what is not changed on purpose is not changed at all.

/// One header field: its bytes from the name to the end of the last folded line, without the final CRLF.
public struct HeaderField: Hashable, Sendable {
    public let bytes: [UInt8]
    /// How many bytes precede the colon, white space before it not counted (obsolete syntax, RFC 5322 4.5).
    let nameLength: Int
    let colon: Int

    /// Takes one field, or gives nil where the bytes have no name and colon.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        var nameLength = colon
        while nameLength > 0, ASCII.isWhiteSpace(bytes[nameLength - 1]) { nameLength -= 1 }
        guard nameLength > 0, bytes[..<nameLength].allSatisfy(ASCII.isFieldName) else { return nil }
        self.bytes = bytes
        self.nameLength = nameLength
        self.colon = colon
    }

    /// A new field, `name: value`; the caller answers for both (a value has no line end but folds).
    public init(name: String, value: String) {
        bytes = Array("\(name): \(value)".utf8)
        nameLength = name.utf8.count
        colon = nameLength
    }

    /// The name as written.
    public var name: ArraySlice<UInt8> { bytes[..<nameLength] }
    /// All that follows the colon, folds included.
    public var value: ArraySlice<UInt8> { bytes[(colon + 1)...] }

    public func isNamed(_ other: String) -> Bool {
        nameLength == other.utf8.count && ASCII.equalIgnoringCase(name, other.utf8)
    }

    /// Whether nothing but white space and folds follows the colon.
    public var isBlank: Bool {
        value.allSatisfy { ASCII.isWhiteSpace($0) || $0 == ASCII.cr || $0 == ASCII.lf }
    }
}

/// A message's header: its fields from top to bottom.
public struct MessageHeader: Equatable, Sendable {
    public var fields: [HeaderField]

    public init(fields: [HeaderField]) { self.fields = fields }

    /// The fields of that name, top to bottom.
    public func fields(named name: String) -> [HeaderField] { fields.filter { $0.isNamed(name) } }

    public func first(named name: String) -> HeaderField? { fields.first { $0.isNamed(name) } }

    /// The header on the wire, each field ended by CRLF; the empty line that ends it is not included.
    public var serialized: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(fields.reduce(0) { $0 + $1.bytes.count + 2 })
        for field in fields {
            result += field.bytes
            result += [ASCII.cr, ASCII.lf]
        }
        return result
    }
}
