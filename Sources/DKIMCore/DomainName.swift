// The names that d=, s= and i= are made of, as RFC 6376 3.5 takes them from RFC 5321 4.1.2.
import IDNA
import MailCore

enum DomainName {
    /// The name in A-labels; nil where it is none in either form. What is ASCII comes back as it is.
    static func ascii(_ text: String) -> String? {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        // Mapping may turn characters of other scripts into signs that have a meaning in a tag.
        guard let name = isASCII ? text : try? InternationalDomain.ascii(text), isValid(name) else {
            return nil
        }
        return name
    }

    /// Dot-separated labels of letters, digits, hyphens and the underscores that some selectors have.
    static func isValid(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy(isLabel)
    }

    /// Whether it is the domain or one below it; case does not count.
    static func isName(_ name: String, inOrBelow domain: String) -> Bool {
        let name = name.utf8
        let domain = domain.utf8
        guard name.count > domain.count else { return ASCII.equalIgnoringCase(name, domain) }
        return ASCII.equalIgnoringCase(name.suffix(domain.count), domain)
            && name.dropLast(domain.count).last == UInt8(ascii: ".")
    }

    private static func isLabel(_ label: some BidirectionalCollection<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else {
            return false
        }
        return label.allSatisfy { byte in
            ASCII.isDigit(byte) || byte == hyphen || byte == UInt8(ascii: "_")
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(ASCII.lowercased(byte))
        }
    }
}
