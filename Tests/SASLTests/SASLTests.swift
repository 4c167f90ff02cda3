// The mechanisms against the examples of their RFCs, and against servers that do not keep to them.
import SASL
import Testing

private func client(
    _ mechanism: String, _ user: String, _ password: String
) throws -> SASLClient {
    try SASLClient(
        mechanism: mechanism, credentials: SASLCredentials(user: user, password: password), service: "smtp",
        host: "mail.example.org")
}

private func failureKind(_ body: () throws -> Void) -> SASLFailure.Kind? {
    do {
        try body()
        return nil
    } catch {
        return (error as? SASLFailure)?.kind
    }
}

@Suite struct Exchanges {
    @Test func plainOfRFC4616() throws {
        let client = try client("PLAIN", "tim", "tanstaaftanstaaf")
        #expect(client.sendsFirst)
        let (response, isComplete) = try client.step([])
        #expect(response == Array("\0tim\0tanstaaftanstaaf".utf8))
        #expect(isComplete)
    }

    @Test func cramMD5OfRFC2195() throws {
        let client = try client("cram-md5", "tim", "tanstaaftanstaaf")
        #expect(!client.sendsFirst)
        let (response, isComplete) = try client.step(
            Array("<1896.697170952@postoffice.reston.mci.net>".utf8))
        #expect(response == Array("tim b913a602c7eda7a495b4e6e7334d3890".utf8))
        #expect(isComplete)
    }

    @Test(arguments: [["Username:", "Password:"], ["User Name\0", "Password\0"], ["", ""]])
    func login(challenges: [String]) throws {
        let client = try client("LOGIN", "tim", "secret")
        #expect(!client.sendsFirst)
        let user = try client.step(Array(challenges[0].utf8))
        #expect(user.response == Array("tim".utf8))
        #expect(!user.isComplete)
        let password = try client.step(Array(challenges[1].utf8))
        #expect(password.response == Array("secret".utf8))
        #expect(password.isComplete)
    }

    @Test func passwordThatIsNotUTF8TravelsInPlain() throws {
        let credentials = SASLCredentials(user: "tim", password: [0xE9, 0xFF])
        let client = try SASLClient(mechanism: "PLAIN", credentials: credentials, service: "smtp", host: "h")
        #expect(try client.step([]).response == Array("\0tim\0".utf8) + [0xE9, 0xFF])
    }

    @Test func passwordTravelsInPlainAsItIsWritten() throws {
        // RFC 4616 2: preparing it is the server's part.
        #expect(
            try client("PLAIN", "tîm", "I\u{AD}X\u{20AC}").step([]).response
                == Array("\0tîm\0I\u{AD}X\u{20AC}".utf8))
    }
}

@Suite struct Preparation {
    static let challenge = Array("<1@example.org>".utf8)

    // RFC 4013 3, and the spaces of RFC 4013 2.1.
    @Test(arguments: [("I\u{AD}X", "IX"), ("\u{AA}", "a"), ("\u{2168}", "IX"), ("a\u{A0}b", "a b")])
    func cramMD5PreparesPasswords(password: String, prepared: String) throws {
        let response = try client("CRAM-MD5", "tim", password).step(Self.challenge).response
        #expect(response == (try client("CRAM-MD5", "tim", prepared).step(Self.challenge).response))
    }

    @Test func caseIsKept() throws {
        let upper = try client("CRAM-MD5", "tim", "USER").step(Self.challenge).response
        #expect(upper != (try client("CRAM-MD5", "tim", "user").step(Self.challenge).response))
    }

    @Test(arguments: ["\u{07}", "\u{627}1"]) func prohibitedPasswords(password: String) throws {
        let client = try client("CRAM-MD5", "tim", password)
        #expect(failureKind { _ = try client.step(Self.challenge) } == .credentials)
    }

    @Test func cramMD5NeedsUTF8() throws {
        let client = try SASLClient(
            mechanism: "CRAM-MD5", credentials: SASLCredentials(user: "tim", password: [0xFF]),
            service: "smtp",
            host: "h")
        #expect(failureKind { _ = try client.step(Self.challenge) } == .credentials)
    }

    @Test(
        arguments: ["PLAIN", "LOGIN", "CRAM-MD5"],
        [("", "secret"), ("tim", ""), ("t\0m", "x"), ("tim", "a\0b")])
    func credentialsThatNoMechanismCarries(mechanism: String, pair: (String, String)) {
        #expect(failureKind { _ = try client(mechanism, pair.0, pair.1) } == .credentials)
    }
}

@Suite struct WrongChallenges {
    @Test func plainIsAskedBeforeItSpoke() throws {
        let client = try client("PLAIN", "tim", "secret")
        #expect(failureKind { _ = try client.step(Array("hello".utf8)) } == .challenge)
    }

    @Test(arguments: ["PLAIN", "LOGIN", "CRAM-MD5"]) func moreAfterTheEnd(mechanism: String) throws {
        let client = try client(mechanism, "tim", "secret")
        var challenge = client.sendsFirst ? [] : Array("<1@example.org>".utf8)
        while case let step = try client.step(challenge), !step.isComplete { challenge = [1] }
        #expect(failureKind { _ = try client.step(Array("again".utf8)) } == .challenge)
        #expect(failureKind { _ = try client.step([]) } == .challenge)
    }

    @Test(arguments: [[], [0], Array("<1@e\0>".utf8)]) func cramMD5(challenge: [UInt8]) throws {
        let client = try client("CRAM-MD5", "tim", "secret")
        #expect(failureKind { _ = try client.step(challenge) } == .challenge)
    }

    @Test func challengeOfAnySize() throws {
        let client = try client("CRAM-MD5", "tim", "secret")
        let response = try client.step([UInt8](repeating: 0x80, count: 1_000_000)).response
        #expect(response.count == "tim ".utf8.count + 32)
    }
}

@Suite struct Choice {
    static let all = [
        "LOGIN", "NTLM", "PLAIN", "DIGEST-MD5", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-256-PLUS", "GSSAPI", "EXTERNAL", "XOAUTH2", "OAUTHBEARER",
    ]

    /// Each is taken where those before it are missing.
    @Test func order() {
        var offered = Self.all
        var taken: [String] = []
        while let next = strongestMechanism(offered: offered, isProtected: true, canBind: true) {
            taken.append(next)
            offered.removeAll { $0 == next }
        }
        #expect(
            taken == [
                "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "CRAM-MD5",
                "DIGEST-MD5", "LOGIN", "NTLM",
            ])
    }

    @Test(
        arguments: [
            (["login", "cram-md5"], true, "CRAM-MD5"), (["X-OWN", "Login"], true, "LOGIN"),
            (["X-OWN", "EXTERNAL"], true, nil), ([], true, nil), (all, true, "SCRAM-SHA-256"),
            (all, false, "SCRAM-SHA-256"), (["PLAIN", "SCRAM-SHA-1"], false, "SCRAM-SHA-1"),
            (["LOGIN", "PLAIN", "CRAM-MD5", "DIGEST-MD5", "NTLM"], false, nil),
        ] as [([String], Bool, String?)])
    func strongest(offered: [String], isProtected: Bool, expected: String?) {
        #expect(strongestMechanism(offered: offered, isProtected: isProtected) == expected)
    }

    @Test(
        arguments: [
            (all, true, "OAUTHBEARER"), (["PLAIN", "xoauth2"], true, "XOAUTH2"), (["PLAIN"], true, nil),
            (all, false, nil),
        ] as [([String], Bool, String?)])
    func token(offered: [String], isProtected: Bool, expected: String?) {
        #expect(tokenMechanism(offered: offered, isProtected: isProtected) == expected)
    }

    @Test func support() {
        #expect((Self.all + ["login"]).allSatisfy(SASLClient.isSupported))
        #expect(!["", "ANONYMOUS", "PLAIN\0", "X-OWN"].contains(where: SASLClient.isSupported))
        #expect(failureKind { _ = try client("X-OWN", "tim", "secret") } == .unsupported)
    }
}

@Suite struct Secrecy {
    @Test func credentialsShowNoPassword() {
        let credentials = SASLCredentials(user: "tim", password: "tanstaaf")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped, "\([credentials])"] {
            #expect(text.contains("tim"))
            #expect(!text.contains("tanstaaf"))
        }
    }

    @Test func credentialsAreEqualByContent() {
        let credentials = SASLCredentials(user: "tim", password: "a")
        #expect(credentials == SASLCredentials(user: "tim", password: [0x61]))
        #expect(credentials != SASLCredentials(user: "tim", password: "b"))
        #expect(credentials != SASLCredentials(user: "tom", password: "a"))
        #expect(Set([credentials, SASLCredentials(user: "tim", password: "a")]).count == 1)
    }

    @Test func failuresShowNoPassword() throws {
        do {
            _ = try client("CRAM-MD5", "tim", "se\u{07}cret").step(Preparation.challenge)
            Issue.record("a prohibited password was taken")
        } catch {
            #expect(!"\(error)".contains("cret"))
        }
    }
}
