// A dialogue as a person wants to see it, for `send --debug`. Secrets are masked before they get here.
internal import MailCore

/// Receives a session's lines while it goes on.
public struct Transcript: Sendable {
    public enum Direction: Sendable {
        case sent, received
        /// What happened besides: connected, TLS.
        case note
    }

    /// Whether the message's content is shown too; else only its size.
    public var showsContent: Bool
    let write: @Sendable (Direction, String) -> Void

    public init(showsContent: Bool = false, write: @escaping @Sendable (Direction, String) -> Void) {
        self.showsContent = showsContent
        self.write = write
    }

    func record(_ answer: ServerReply) {
        for (index, line) in answer.lines.enumerated() {
            let separator = index == answer.lines.count - 1 ? " " : "-"
            write(.received, "\(answer.reply.code)\(separator)\(line)")
        }
    }
}
