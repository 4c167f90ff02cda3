// A Content-Type's type and its boundary (RFC 2045 5.1, RFC 2046 5.1.1). What cannot be read for sure
// is nil, never a guess.
internal import MailCore

struct MediaType: Equatable {
    /// Both in lower case.
    let type: String
    let subtype: String
    /// A multipart's boundary, if it has exactly one that can be found again in the body.
    let boundary: [UInt8]?

    static let plainText = MediaType(type: "text", subtype: "plain", boundary: nil)
    static let message = MediaType(type: "message", subtype: "rfc822", boundary: nil)

    var name: String { "\(type)/\(subtype)" }
    var isText: Bool { type == "text" }
}

extension MediaType {
    /// Nil where the value does not begin with `type/subtype`.
    init?(parsing value: ArraySlice<UInt8>) {
        var lexer = FieldLexer(value)
        guard let type = lexer.keyword(), lexer.take("/"), let subtype = lexer.keyword() else { return nil }
        self.init(type: type, subtype: subtype, boundary: Self.boundary(in: &lexer))
    }

    /// RFC 2046 allows 70 bytes; programs exceed them, but not by that much.
    private static let longestBoundary = 200

    /// A boundary in pieces (RFC 2231 3) and one that is given twice count as none: readers of mail
    /// do not agree on them.
    private static func boundary(in lexer: inout FieldLexer) -> [UInt8]? {
        var found: [UInt8]?
        while lexer.take(";") {
            guard let name = lexer.keyword() else { continue }
            guard lexer.take("="), let value = lexer.parameterValue() else { return nil }
            guard name == "boundary" || name.hasPrefix("boundary*") else { continue }
            guard found == nil, name == "boundary" else { return nil }
            found = value
        }
        guard let found, lexer.isAtEnd else { return nil }
        // A delimiter's line may be padded, so blanks at the end cannot be told from padding.
        let boundary = found.prefix(upTo: (found.lastIndex { !ASCII.isWhiteSpace($0) } ?? -1) + 1)
        let isUsable =
            (1...longestBoundary).contains(boundary.count) && !boundary.contains(where: ASCII.isControl)
        return isUsable ? Array(boundary) : nil
    }
}
