// The two forms of a domain name, and what is neither.
import Testing

@testable import IDNA

struct InternationalDomainTests {
    @Test(arguments: [
        ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.Example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"), ("例え.テスト", "xn--r8jz45g.xn--zckzah"), ("Example.ORG", "example.org"),
        ("s1._domainkey.example.org", "s1._domainkey.example.org"),
        ("s1._domainkey.bücher.example", "s1._domainkey.xn--bcher-kva.example"), ("", ""),
    ])
    func ascii(name: String, expected: String) throws {
        #expect(try InternationalDomain.ascii(name) == expected)
    }

    @Test(arguments: [
        ("xn--bcher-kva.example", "bücher.example"), ("example.org", "example.org"),
        ("s1._domainkey.xn--bcher-kva.example", "s1._domainkey.bücher.example"),
    ])
    func unicode(name: String, expected: String) throws {
        #expect(try InternationalDomain.unicode(name) == expected)
    }

    @Test(arguments: [
        String(repeating: "ü", count: 64) + ".example", "a\u{0}ü.example", "\u{FFFD}.example", "ü..example",
        "-ü-.example",
    ])
    func refused(name: String) {
        #expect(throws: InvalidDomainName.self) { try InternationalDomain.ascii(name) }
    }
}
