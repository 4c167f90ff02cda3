// What a relay says it can do, in its reply to EHLO (RFC 5321 4.1.1.1). An extension that is not
// understood is kept by name and otherwise ignored.
public import MailCore

/// The extensions that a relay offers.
public struct Capabilities: Equatable, Sendable {
    /// Each extension's keyword in upper case, with its parameters as given.
    public private(set) var extensions: [String: [String]] = [:]

    /// Those of a relay that was greeted with HELO: none.
    public init() {}

    /// Reads a successful reply to EHLO or LHLO: the first line is the greeting.
    public init(_ hello: ServerReply) {
        for line in hello.lines.dropFirst() {
            var words = line.split(separator: " ").map(String.init)
            guard !words.isEmpty else { continue }
            let keyword = words.removeFirst().uppercased()
            // Servers older than RFC 2554 say AUTH=LOGIN; the mechanisms are the same.
            if keyword.hasPrefix("AUTH=") { words.insert(String(keyword.dropFirst(5)), at: 0) }
            extensions[keyword.hasPrefix("AUTH=") ? "AUTH" : keyword, default: []] += words
        }
    }

    /// What the relay offers and does not have.
    mutating func forget(_ keyword: String) { extensions[keyword] = nil }

    /// The keyword in upper case.
    public func offers(_ keyword: String) -> Bool { extensions[keyword] != nil }

    /// The SASL mechanisms, RFC 4954, each once and in the relay's order.
    public var authenticationMechanisms: [String] {
        var seen: Set<String> = []
        return (extensions["AUTH"] ?? []).map { $0.uppercased() }.filter { seen.insert($0).inserted }
    }

    /// The largest message that the relay takes, RFC 1870; nil where it names no limit or zero.
    public var sizeLimit: Int? {
        guard let limit = extensions["SIZE"]?.first.flatMap({ Int($0) }), limit > 0 else { return nil }
        return limit
    }

    /// How many messages a session, and how many recipients or recipients' domains a transaction may have
    /// (RFC 9422 4); nil where the relay does not say.
    public var messageLimit: Int? { limit("MAILMAX") }
    public var recipientLimit: Int? { limit("RCPTMAX") }
    public var recipientDomainLimit: Int? { limit("RCPTDOMAINMAX") }

    /// RFC 9422 3: one to six digits, the first of them not zero. What is written otherwise is no limit.
    private func limit(_ name: String) -> Int? {
        for word in extensions["LIMITS"] ?? [] {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].uppercased() == name, (1...6).contains(parts[1].utf8.count),
                parts[1].utf8.allSatisfy(ASCII.isDigit), parts[1].utf8.first != UInt8(ascii: "0")
            else { continue }
            return Int(parts[1])
        }
        return nil
    }

    public var hasPipelining: Bool { offers("PIPELINING") }
    /// RFC 3030 2.
    public var hasChunking: Bool { offers("CHUNKING") }
    /// RFC 3461.
    public var hasDSN: Bool { offers("DSN") }
    /// RFC 8689 2.
    public var hasRequireTLS: Bool { offers("REQUIRETLS") }
    public var has8BitMIME: Bool { offers("8BITMIME") }
    public var hasSMTPUTF8: Bool { offers("SMTPUTF8") }
}
