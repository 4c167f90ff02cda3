// The two ways in which RFC 6376 3.4 tolerates, or does not, what relays do to white space, and how they
// change a header field. A body's turn is BodyCanonicalizer's.
import MailCore

/// A canonicalization algorithm; the raw value is its name in c=.
public enum Canonicalization: String, CaseIterable, Sendable {
    case simple, relaxed

    /// Appends the field as it is hashed, without its CRLF.
    func append(_ field: HeaderField, to result: inout [UInt8]) {
        switch self {
        case .simple: result += field.bytes
        case .relaxed: Self.relax(field, into: &result)
        }
    }

    /// RFC 6376 3.4.2: the name in lower case, folds undone, runs of white space one blank, none at either
    /// end of the value.
    private static func relax(_ field: HeaderField, into result: inout [UInt8]) {
        for byte in field.name { result.append(ASCII.lowercased(byte)) }
        result.append(UInt8(ascii: ":"))
        let value = field.value
        var isBlankPending = false
        var isAtStart = true
        var position = value.startIndex
        while position < value.endIndex {
            let byte = value[position]
            if ASCII.isWhiteSpace(byte) {
                isBlankPending = true
            } else if isFold(value, at: position) {
                position += 1
            } else {
                if isBlankPending, !isAtStart { result.append(ASCII.space) }
                result.append(byte)
                isBlankPending = false
                isAtStart = false
            }
            position += 1
        }
    }

    /// CRLF before white space or at the very end; any other CR or LF is content.
    private static func isFold(_ value: ArraySlice<UInt8>, at position: Int) -> Bool {
        guard value[position] == ASCII.cr, position + 1 < value.endIndex, value[position + 1] == ASCII.lf
        else { return false }
        return position + 2 == value.endIndex || ASCII.isWhiteSpace(value[position + 2])
    }
}
