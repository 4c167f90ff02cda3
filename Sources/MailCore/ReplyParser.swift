// Replies as a client reads them, RFC 5321 4.2: bytes in any split in, whole replies out. Throws
// ReplyProblem on what is no reply; the session is of no more use then.

/// Why a server's bytes are no reply.
public struct ReplyProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case notAReply = "a line that does not begin with a reply code"
        case codesDiffer = "a reply whose lines have different codes"
        case lineTooLong = "a reply line that is too long"
        case tooLong = "a reply that is too long"
    }

    public let kind: Kind
    /// The beginning of the line, fit to be shown.
    public let line: String

    public var description: String { "the server sent \(kind.rawValue): \(line)" }
}

/// A reply and its lines as they came.
public struct ServerReply: Equatable, Sendable {
    public let reply: Reply
    /// The text of each line, without the code and fit to be shown: after EHLO, the extensions.
    public let lines: [String]
}

/// Collects a server's bytes and gives its replies one by one.
public struct ReplyParser: Sendable {
    public struct Limits: Sendable {
        /// RFC 5321 4.5.3.1.5 says 512, but RFC 4954 4 allows challenges of 12,288.
        public var line: Int
        /// The bytes of all lines of a reply together.
        public var reply: Int

        public init(line: Int = 16_384, reply: Int = 65_536) {
            self.line = line
            self.reply = reply
        }
    }

    private let limits: Limits
    private var buffer: [UInt8] = []
    private var lineStart = 0
    private var scanned = 0
    private var code: Int?
    private var lines: [String] = []
    private var size = 0

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Whether nothing waits, not even a part of a reply: what came in plain text before the TLS
    /// handshake must not be taken for an answer after it (RFC 3207 4.2).
    public var isEmpty: Bool { lineStart == buffer.count && code == nil }

    public mutating func append(_ chunk: Span<UInt8>) {
        buffer.removeFirst(lineStart)
        scanned -= lineStart
        lineStart = 0
        chunk.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    /// The next whole reply; nil until more bytes have come.
    public mutating func next() throws(ReplyProblem) -> ServerReply? {
        while let line = try nextLine() {
            if let reply = try take(line) { return reply }
        }
        return nil
    }

    private mutating func nextLine() throws(ReplyProblem) -> ArraySlice<UInt8>? {
        let feed = buffer.withUnsafeBytes { ByteScan.index(of: ASCII.lf, in: $0, from: scanned) }
        scanned = feed
        guard feed - lineStart <= limits.line else { throw problem(.lineTooLong, buffer[lineStart...]) }
        guard feed < buffer.count else { return nil }
        var line = buffer[lineStart..<feed]
        if line.last == ASCII.cr { line.removeLast() }
        lineStart = feed + 1
        scanned = lineStart
        return line
    }

    private mutating func take(_ line: ArraySlice<UInt8>) throws(ReplyProblem) -> ServerReply? {
        let (lineCode, isLast) = try codeAndSeparator(line)
        guard code == nil || code == lineCode else { throw problem(.codesDiffer, line) }
        size += line.count + 2
        guard size <= limits.reply else { throw problem(.tooLong, line) }
        code = lineCode
        lines.append(String(printable: line.dropFirst(4)))
        guard isLast else { return nil }
        defer {
            code = nil
            lines = []
            size = 0
        }
        return ServerReply(reply: Reply(code: lineCode, lines: lines), lines: lines)
    }

    private func codeAndSeparator(_ line: ArraySlice<UInt8>) throws(ReplyProblem) -> (Int, isLast: Bool) {
        let digits = line.prefix(3)
        let separator = line.dropFirst(3).first ?? ASCII.space  // the text may be missing altogether
        guard digits.count == 3, digits.allSatisfy(ASCII.isDigit),
            separator == ASCII.space || separator == UInt8(ascii: "-")
        else { throw problem(.notAReply, line) }
        let code = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard (200...599).contains(code) else { throw problem(.notAReply, line) }
        return (code, separator == ASCII.space)
    }

    private func problem(_ kind: ReplyProblem.Kind, _ line: ArraySlice<UInt8>) -> ReplyProblem {
        ReplyProblem(kind: kind, line: String(printable: line.prefix(80)))
    }
}

extension Reply {
    /// A reply from the text of its lines. An enhanced code that contradicts the reply code is no code
    /// but text (RFC 2034 4); each line repeats it, and it is taken out of all. A long text is shortened.
    init(code: Int, lines: [String]) {
        let first = lines.first?.split(separator: " ", maxSplits: 1).first ?? ""
        let enhanced = EnhancedStatusCode(first).flatMap { $0.statusClass == code / 100 ? $0 : nil }
        let texts = lines.map { line in
            let repeatsCode = enhanced != nil && (line == first || line.hasPrefix("\(first) "))
            return repeatsCode ? String(line.dropFirst(first.count + 1)) : line
        }
        let text = texts.filter { !$0.isEmpty }.joined(separator: " ")
        self.init(code: code, enhanced: enhanced, text: Self.shortened(text))
    }

    /// A reply is kept for each recipient and shown in log lines: a page of it is not wanted there.
    private static func shortened(_ text: String) -> String {
        let limit = 1_000
        let kept = text.unicodeScalars.prefix(limit)
        return kept.endIndex == text.endIndex ? text : String(kept) + " (shortened)"
    }
}
