// What a reply to EHLO says, and what AUTH lines look like.
import MailCore
import Testing

@testable import SMTPClient

@Suite struct CapabilitiesTests {
    @Test func readsKeywordsInAnyCase() throws {
        let reply = try #require(hello("pipelining", "Size 1000", "8bitmime", "SMTPUTF8", ""))
        let capabilities = Capabilities(reply)
        #expect(capabilities.hasPipelining && capabilities.has8BitMIME && capabilities.hasSMTPUTF8)
        #expect(capabilities.sizeLimit == 1000)
        #expect(!capabilities.offers("STARTTLS"))
    }

    @Test("a greeting is no extension") func skipsTheGreeting() throws {
        let capabilities = try Capabilities(#require(hello("SIZE", greeting: "PIPELINING")))
        #expect(!capabilities.hasPipelining && capabilities.offers("SIZE"))
    }

    @Test(
        "sizes",
        arguments: [
            ("SIZE", nil), ("SIZE 0", nil), ("SIZE -5", nil), ("SIZE 12x", nil), ("SIZE 42", 42),
            ("SIZE 99999999999999999999999", nil),
        ] as [(String, Int?)])
    func sizes(line: String, limit: Int?) throws {
        #expect(try Capabilities(#require(hello(line))).sizeLimit == limit)
    }

    @Test(
        "limits of RFC 9422, and what is none",
        arguments: [
            ("LIMITS MAILMAX=5 RCPTMAX=100 RCPTDOMAINMAX=1", [5, 100, 1]),
            ("limits mailmax=999999", [999_999, nil, nil]),
            ("LIMITS", [nil, nil, nil]), ("LIMITS MAILMAX=0 RCPTMAX=01 RCPTDOMAINMAX=-1", [nil, nil, nil]),
            ("LIMITS MAILMAX=1000000 RCPTMAX=1x RCPTDOMAINMAX=1=2", [nil, nil, nil]),
            ("LIMITS MAILMAX RCPTMAX= OTHER=3", [nil, nil, nil]), ("MAILMAX=5", [nil, nil, nil]),
        ] as [(String, [Int?])])
    func limits(line: String, expected: [Int?]) throws {
        let capabilities = try Capabilities(#require(hello(line)))
        let limits = [
            capabilities.messageLimit, capabilities.recipientLimit, capabilities.recipientDomainLimit,
        ]
        #expect(limits == expected)
    }

    @Test func readsBothFormsOfAuth() throws {
        let capabilities = try Capabilities(#require(hello("AUTH PLAIN login", "AUTH=LOGIN CRAM-MD5")))
        #expect(capabilities.authenticationMechanisms == ["PLAIN", "LOGIN", "CRAM-MD5"])
    }

    @Test func masksSecretsAndMindsTheLengthOfTheLine() {
        let short = Command.authenticate("PLAIN", initialResponse: Array("secret".utf8))
        #expect(short?.shown == "AUTH PLAIN ***")
        #expect(short?.bytes == Array("AUTH PLAIN c2VjcmV0\r\n".utf8))
        #expect(Command.authenticate("X", initialResponse: [])?.bytes == Array("AUTH X =\r\n".utf8))
        #expect(Command.authenticate("X").bytes == Array("AUTH X\r\n".utf8))
        let long = [UInt8](repeating: 65, count: 9_300)
        #expect(Command.authenticate("PLAIN", initialResponse: long) == nil)
        #expect(Command.authenticationResponse(long).shown == "***")
    }
}
