// `from`: the account's reverse-path, or a pattern of those that choose the account.

public import MailCore

/// The argument of `from`, with %H, %C and %M already replaced.
public struct SenderAddress: Hashable, Sendable, CustomStringConvertible {
    private let text: String

    init(_ text: String) { self.text = text }

    public var description: String { text }

    /// Whether it is a pattern, which chooses the account but is nobody's address.
    public var isPattern: Bool { Self.hasWildcards(text) }

    /// The reverse-path of a message whose submitter gave none: %F is the address in its From field, %U the
    /// submitting user. Nil for a pattern, and where %F is wanted and the message has no author.
    public func reversePath(author: EmailAddress?, user: String) -> ReversePath? {
        if isPattern { return nil }
        if text == "<>" || text == "MAILER-DAEMON" { return .null }
        if text.contains("%F"), author == nil { return nil }
        let named = Substitution.replace("%U", in: text, by: user)
        return Self.address(Substitution.replace("%F", in: named, by: author?.description ?? "")).map {
            .address($0)
        }
    }

    /// Whether mail from that reverse-path is this account's: like the pattern; or equal but for case, at least
    /// once `+detail` is left out. msmtp leaves it out for no pattern either.
    func matches(_ reversePath: ReversePath) -> Bool {
        let sender = reversePath == .null ? "<>" : reversePath.description
        let own = text == "MAILER-DAEMON" ? "<>" : text
        if Self.isLike(sender, own) || Self.isLike(sender, text) { return true }
        guard !isPattern, !own.contains("+"), let detail = sender.firstIndex(of: "+"),
            let at = sender.lastIndex(of: "@"), detail < at
        else { return false }
        return Self.isLike(String(sender[..<detail] + sender[at...]), own)
    }

    private static func isLike(_ sender: String, _ own: String) -> Bool {
        if hasWildcards(own) { return Wildcard.matches(own, sender) }
        return ASCII.equalIgnoringCase(sender.utf8, own.utf8)
    }

    static func hasWildcards(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

    /// `local@domain`, `"quoted local"@domain`, or a bare local name; nil for anything else.
    static func address(_ text: String) -> EmailAddress? {
        if text == "<>" { return EmailAddress(localPart: "MAILER-DAEMON", domain: nil) }
        let at = text.lastIndex(of: "@")
        let local = text[..<(at ?? text.endIndex)]
        let domain = at.map { String(text[text.index(after: $0)...]) }
        if let domain, !isDomain(domain) { return nil }
        guard let localPart = unquoted(local) else { return nil }
        return EmailAddress(localPart: localPart, domain: domain)
    }

    private static func isDomain(_ text: String) -> Bool {
        ArgumentParser.isOneWord(text) && !text.contains { "<>()@,;\\\"".contains($0) }
    }

    private static func unquoted(_ local: Substring) -> String? {
        guard local.count >= 3, local.first == "\"", local.last == "\"" else {
            let isPlain = ArgumentParser.isOneWord(local) && !local.contains { "<>()[]@:;,\\\"".contains($0) }
            return isPlain ? String(local) : nil
        }
        var result = ""
        var isEscaped = false
        for character in local.dropFirst().dropLast() {
            if !isEscaped, character == "\\" || character == "\"" {
                guard character == "\\" else { return nil }
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return isEscaped ? nil : result
    }
}
