// What can be wrong in the bytes that the other side sends. Each is one line of text for a log or a verdict.

/// A breach of the framed dialect; the connection is of no more use after it.
public enum WireError: Error, Equatable, Sendable {
    case unknownTag(UInt8)
    /// A frame announces, or a parameter needs, more than `Frame.maximumPayload` bytes.
    case frameTooLong(tag: UInt8, length: Int)
    case tooManyParameters
    case repeatedParameter(tag: UInt8)
    case invalidParameter(tag: UInt8)
    case parameterAfterData(tag: UInt8)
    case missingCommand
    /// Message data for a command that takes none.
    case unexpectedData
    /// The end mark does not name the number of bytes that came.
    case wrongTotal
    case malformedVerdict

    public var text: String {
        switch self {
        case .unknownTag(let tag): "unknown frame " + Self.name(tag)
        case .frameTooLong(let tag, let length):
            "frame " + Self.name(tag) + " of " + String(length) + " bytes, at most "
                + String(Frame.maximumPayload) + " are allowed"
        case .tooManyParameters: "too many or too large parameters: send fewer recipients at a time"
        case .repeatedParameter(let tag): "parameter " + Self.name(tag) + " given twice"
        case .invalidParameter(let tag): "parameter " + Self.name(tag) + " has no valid value"
        case .parameterAfterData(let tag): "parameter " + Self.name(tag) + " after the message began"
        case .missingCommand: "no command"
        case .unexpectedData: "message data for a command that takes none"
        case .wrongTotal: "the end mark does not fit the number of bytes received"
        case .malformedVerdict: "malformed verdict"
        }
    }

    /// The tag as a letter, or as a number where it is none.
    private static func name(_ tag: UInt8) -> String {
        guard tag > 0x20, tag < 0x7F else { return String(tag) }
        return String(Character(Unicode.Scalar(tag)))
    }
}
