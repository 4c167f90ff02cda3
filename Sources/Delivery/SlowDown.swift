// Which replies ask for fewer messages at a time. Providers agree on no code for it, so codes and words count.
internal import MailCore

extension DeliveryFailure {
    enum SlowDown: Equatable {
        /// It says so.
        case certain
        /// It may mean so, or this one message.
        case likely
    }

    /// Whether the relay asks for fewer messages at a time.
    var slowDown: SlowDown? {
        guard let reply, disposition == .transient, (400..<500).contains(reply.code) else { return nil }
        let words = Self.words(of: reply.description)
        // Not the relay is busy, but the recipient is new or full, or the transaction is.
        if words.contains(where: { $0.hasPrefix("greylist") || $0.hasPrefix("graylist") }) { return nil }
        if reply.enhanced?.subject == 2 || phase == .authentication { return nil }
        if phase == .recipient, reply.enhanced == EnhancedStatusCode(4, 5, 3) || words.contains("recipients")
        {
            return nil
        }
        if reply.code == 421 || reply.enhanced.map(Self.certainCodes.contains) == true || Self.say(words) {
            return .certain
        }
        // RFC 3463 3.8: a matter of policy.
        return [450, 451, 452].contains(reply.code) && reply.enhanced?.subject == 7 ? .likely : nil
    }

    /// RFC 3463 3.4 and 3.5: not accepting network messages now, congestion, too many at a time.
    private static let certainCodes = [
        EnhancedStatusCode(4, 3, 2), EnhancedStatusCode(4, 4, 5), EnhancedStatusCode(4, 5, 3),
    ]

    private static func say(_ words: [String]) -> Bool {
        let pairs = zip(words, words.dropFirst()).map { "\($0) \($1)" }
        return words.contains { ["rate", "ratelimit", "ratelimited", "concurrent"].contains($0) }
            || words.contains { $0.hasPrefix("throttl") }
            || pairs.contains { ["too many", "too much", "too fast", "slow down"].contains($0) }
    }

    /// Runs of letters in lower case.
    private static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isLetter }.map(String.init)
    }
}
