// Tokens, quoted strings and parameters as structured MIME fields are made of (RFC 2045 5.1), with
// comments and folds between them (RFC 5322 3.2.2). Nothing here throws: nil is "not there".
internal import MailCore

/// Reads the value of one field from left to right.
struct FieldLexer {
    private var rest: ArraySlice<UInt8>

    init(_ value: ArraySlice<UInt8>) { rest = value }

    /// Whether nothing but white space and comments is left.
    var isAtEnd: Bool {
        mutating get {
            skipCommentsAndBlanks()
            return rest.isEmpty
        }
    }

    mutating func take(_ character: Character) -> Bool {
        skipCommentsAndBlanks()
        guard let first = rest.first, first == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    mutating func token() -> [UInt8]? {
        skipCommentsAndBlanks()
        let token = rest.prefix(while: Self.isToken)
        rest = rest.dropFirst(token.count)
        return token.isEmpty ? nil : Array(token)
    }

    /// A token in lower case.
    mutating func keyword() -> String? {
        token().map { String(decoding: $0.map(ASCII.lowercased), as: UTF8.self) }
    }

    /// The value of a parameter. Many programs leave characters unquoted that should not be; they end at
    /// the next semicolon or blank, as readers of mail agree.
    mutating func parameterValue() -> [UInt8]? {
        skipCommentsAndBlanks()
        if rest.first == UInt8(ascii: "\"") { return quotedString() }
        let value = rest.prefix { !ASCII.isControl($0) && $0 != ASCII.space && $0 != UInt8(ascii: ";") }
        rest = rest.dropFirst(value.count)
        return value.isEmpty ? nil : Array(value)
    }

    private mutating func quotedString() -> [UInt8]? {
        rest.removeFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"):
                guard let quoted = rest.popFirst() else { return nil }
                text.append(quoted)
            case ASCII.cr, ASCII.lf: break  // a fold: its blank stays
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func skipCommentsAndBlanks() {
        var depth = 0
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")") where depth > 0: depth -= 1
            case UInt8(ascii: "\\") where depth > 0: rest.removeFirst()
            case ASCII.space, ASCII.tab, ASCII.cr, ASCII.lf: break
            default: if depth == 0 { return }
            }
            rest = rest.dropFirst()
        }
    }

    /// RFC 2045 5.1: no blanks, controls or tspecials.
    private static func isToken(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"()<>@,;:\\\"/[]?=".utf8.contains(byte)
    }
}
