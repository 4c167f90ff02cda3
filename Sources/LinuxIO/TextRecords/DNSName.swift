// Domain names as DNS has them: labels of any bytes, without regard to the case of ASCII letters
// (RFC 1035 2.3.3).

struct DNSName: Hashable, CustomStringConvertible {
    /// In lower case, without the empty one of the root.
    let labels: [[UInt8]]

    /// A name of letters, digits and what else stands between dots, with or without the last dot; nil where
    /// DNS can have no such name.
    init?(_ text: String) {
        let bytes = text.hasSuffix(".") ? text.utf8.dropLast() : text.utf8[...]
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy({ (1...63).contains($0.count) }),
            bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.init(labels: labels.map(Array.init))
        guard wireForm.count <= Self.maximumLength else { return nil }
    }

    init(labels: [[UInt8]]) {
        self.labels = labels.map { $0.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 } }
    }

    /// Each label behind its length, and the root's at the end.
    var wireForm: [UInt8] { labels.flatMap { [UInt8($0.count)] + $0 } + [0] }
    /// Of the wire form (RFC 1035 2.3.4).
    static let maximumLength = 255

    /// Bytes that are no plain text stand as \DDD (RFC 1035 5.1).
    var description: String {
        if labels.isEmpty { return "." }
        return labels.map { $0.map(Self.text).joined() }.joined(separator: ".")
    }

    private static func text(_ byte: UInt8) -> String {
        let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "\\")
        if isPlain { return String(UnicodeScalar(byte)) }
        let digits = String(byte)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
