// Domain names as they are written, in ASCII or in other scripts (RFC 6376 3.1, RFC 8616 4). What a name in another
// script is in the DNS, and whether it is any, needs the tables of IDNA and is not asked here.

extension StringProtocol {
    /// Whether it is as the DNS has it; else it has characters of other scripts.
    var isASCIIDomain: Bool { utf8.allSatisfy { $0 < 0x80 } }

    /// Whether one of its labels stands for one in another script (RFC 5890 2.3.2.1).
    var hasEncodedLabel: Bool { split(separator: ".").contains { $0.hasPrefix("xn--") } }
}

extension ArgumentParser {
    /// Labels of letters, digits, hyphens and underscores, or with characters beyond ASCII.
    static func isDomainName(_ text: some StringProtocol) -> Bool {
        // RFC 1035 3.1; a name in another script may be longer in UTF-8 than it is in the DNS (RFC 5890 4.2).
        guard text.utf8.count <= (text.isASCIIDomain ? 253 : 1000) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            isLabelLength(label) && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy(isLabelScalar)
        }
    }

    private static func isLabelLength(_ label: some StringProtocol) -> Bool {
        (1...(label.isASCIIDomain ? 63 : 252)).contains(label.utf8.count)
    }

    private static func isLabelScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default:
            !scalar.isASCII && !scalar.properties.isWhitespace
                && scalar.properties.generalCategory != .control
        }
    }
}
