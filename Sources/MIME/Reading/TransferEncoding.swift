// Content-Transfer-Encoding, RFC 2045 6.
internal import MailCore

enum TransferEncoding: String {
    case sevenBit = "7bit"
    case eightBit = "8bit"
    case binary
    case quotedPrintable = "quoted-printable"
    case base64

    static let fieldName = "Content-Transfer-Encoding"

    /// Whether the content stands there as it is (RFC 2045 6.2).
    var isIdentity: Bool { self != .quotedPrintable && self != .base64 }

    /// What the value says; nil for an encoding that is not known here. No word at all means 7bit.
    init?(parsing value: ArraySlice<UInt8>) {
        var lexer = FieldLexer(value)
        guard !lexer.isAtEnd else {
            self = .sevenBit
            return
        }
        switch lexer.keyword() {
        case "7-bit": self = .sevenBit
        case "8-bit": self = .eightBit
        case let word?:
            guard let known = TransferEncoding(rawValue: word) else { return nil }
            self = known
        case nil: return nil
        }
    }
}
