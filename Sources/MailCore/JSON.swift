// JSON for scripts to read (RFC 8259), written only: on one line, members in the order in which they are given.
// Never throws.

/// A JSON text as a value.
public enum JSONValue: Equatable, Sendable {
    case object([Member])
    case array([JSONValue])
    case string(String)
    case number(Int)
    case bool(Bool)
    case null

    /// A name and its value.
    public struct Member: Equatable, Sendable {
        public let name: String
        public let value: JSONValue

        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The value as text, without a line end.
    public var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .object(let members):
            Self.list("{", members, "}", &text) { Self.write($0, to: &$1) }
        case .array(let values):
            Self.list("[", values, "]", &text) { $0.write(to: &$1) }
        case .string(let string): Self.quote(string, &text)
        case .number(let number): text += String(number)
        case .bool(let value): text += value ? "true" : "false"
        case .null: text += "null"
        }
    }

    private static func write(_ member: Member, to text: inout String) {
        quote(member.name, &text)
        text += ": "
        member.value.write(to: &text)
    }

    private static func list<Element>(
        _ opening: String, _ elements: [Element], _ closing: String, _ text: inout String,
        _ write: (Element, inout String) -> Void
    ) {
        text += opening
        for (index, element) in elements.enumerated() {
            if index > 0 { text += ", " }
            write(element, &text)
        }
        text += closing
    }

    /// Quotation mark, backslash and the controls must be escaped, nothing else (RFC 8259 7).
    private static func quote(_ string: String, _ text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case ..<" ": text += (scalar.value < 0x10 ? "\\u000" : "\\u00") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(members.map { Member($0.0, $0.1) })
    }

    public init(arrayLiteral values: JSONValue...) { self = .array(values) }
    public init(stringLiteral string: String) { self = .string(string) }
    public init(integerLiteral number: Int) { self = .number(number) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}
