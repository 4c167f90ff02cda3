// Why a message is not accepted from its caller: the one error of the submission side's pure part.

/// A refusal, with what the caller's program, its user and an SMTP client need to hear.
public struct SubmissionProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// Who has to mend it.
    public enum Kind: Sendable {
        /// The command line.
        case usage
        /// The message.
        case data
        /// A recipient that cannot be an address of anybody.
        case noSuchUser

        /// The exit code of sysexits.h that sendmail gives.
        public var exitCode: Int32 {
            switch self {
            case .usage: 64
            case .data: 65
            case .noSuchUser: 67
            }
        }
    }

    public let kind: Kind
    public let enhanced: EnhancedStatusCode
    /// One line: what is wrong, where, and what to do about it.
    public let text: String

    public init(_ kind: Kind, _ enhanced: EnhancedStatusCode, _ text: String) {
        self.kind = kind
        self.enhanced = enhanced
        self.text = text
    }

    public var description: String { text }
}
