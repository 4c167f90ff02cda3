// What a server answers: the reply code of RFC 5321 4.2 and the enhanced status code of RFC 3463.

/// An enhanced status code, `class.subject.detail` (RFC 3463 2).
public struct EnhancedStatusCode: Hashable, Sendable, CustomStringConvertible {
    public let statusClass: Int
    public let subject: Int
    public let detail: Int

    public init(_ statusClass: Int, _ subject: Int, _ detail: Int) {
        self.statusClass = statusClass
        self.subject = subject
        self.detail = detail
    }

    /// Reads `class.subject.detail`: class 2, 4 or 5, the others of one to three digits.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 1,
            parts.allSatisfy({ (1...3).contains($0.count) && $0.allSatisfy(ASCII.isDigit) })
        else { return nil }
        let numbers = parts.map { $0.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } }
        guard [2, 4, 5].contains(numbers[0]) else { return nil }
        self.init(numbers[0], numbers[1], numbers[2])
    }

    public var description: String { "\(statusClass).\(subject).\(detail)" }
}

/// A complete reply, its lines joined by blanks, cleared of control characters and ready to be shown.
public struct Reply: Hashable, Sendable, CustomStringConvertible {
    /// Three digits, 200 to 599.
    public let code: Int
    public let enhanced: EnhancedStatusCode?
    /// The text without the codes.
    public let text: String

    public init(code: Int, enhanced: EnhancedStatusCode? = nil, text: String) {
        self.code = code
        self.enhanced = enhanced
        self.text = text
    }

    public var isSuccess: Bool { code / 100 == 2 }
    public var isTransient: Bool { code / 100 == 4 }

    public var description: String {
        ["\(code)", enhanced?.description, text].compactMap(\.self).joined(separator: " ")
    }
}
