// The mechanisms beyond PLAIN, LOGIN and CRAM-MD5: against libgsasl's server where that has the mechanism,
// against the examples of their specifications elsewhere, and against servers that forge.
import SASL
import Testing

private let server = SASLServer(service: "smtp", host: "mail.example.org", port: 587)

private func client(
    _ mechanism: String, user: String = "user", password: String = "pencil", domain: String = "",
    binding: ChannelBinding? = nil
) throws -> SASLClient {
    var server = server
    server.binding = binding
    return try SASLClient(
        mechanism: mechanism, credentials: SASLCredentials(user: user, password: password, domain: domain),
        server: server)
}

private func failure(_ body: () throws -> Void) -> SASLFailure? {
    do {
        try body()
        return nil
    } catch {
        return error as? SASLFailure
    }
}

/// What became of an exchange.
private enum End: Equatable { case proved, refusedByServer, refusedByClient(SASLFailure.Kind) }

/// Leads client and server through an exchange; `tamper` may change what the server says at each turn.
private func exchange(
    _ client: SASLClient, _ server: LibraryServer, tamper: (Int, [UInt8]) -> [UInt8] = { $1 }
) throws -> End {
    var said: [UInt8] = []
    do {
        if !client.sendsFirst { said = tamper(0, try server.step([]).challenge) }
        for turn in 1...5 {
            let (response, isComplete) = try client.step(said)
            if isComplete { return .proved }
            said = tamper(turn, try server.step(response).challenge)
        }
        Issue.record("the exchange does not end")
        return .refusedByServer
    } catch let failure as SASLFailure {
        return .refusedByClient(failure.kind)
    } catch is LibraryServer.Refusal {
        return .refusedByServer
    }
}

@Suite struct MutualExchanges {
    static let exporter = ChannelBinding.exporter([UInt8](0..<32))
    static let unique = ChannelBinding.unique([UInt8](0..<12))

    @Test(
        arguments: [
            ("SCRAM-SHA-1", nil), ("SCRAM-SHA-256", nil), ("DIGEST-MD5", nil), ("SCRAM-SHA-1-PLUS", exporter),
            ("SCRAM-SHA-256-PLUS", exporter), ("SCRAM-SHA-1-PLUS", unique), ("SCRAM-SHA-256-PLUS", unique),
        ] as [(String, ChannelBinding?)])
    func bothSidesProve(mechanism: String, binding: ChannelBinding?) throws {
        let server = try LibraryServer(mechanism, binding: binding)
        #expect(try exchange(client(mechanism, binding: binding), server) == .proved)
    }

    @Test(arguments: ["SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5", "CRAM-MD5"])
    func wrongPassword(mechanism: String) throws {
        let client = try client(mechanism, password: "pen")
        guard mechanism == "CRAM-MD5" else {
            #expect(try exchange(client, LibraryServer(mechanism)) == .refusedByServer)
            return
        }
        // Its client has said all with its first response: the verdict is the server's.
        let server = try LibraryServer(mechanism)
        let response = try client.step(try server.step([]).challenge).response
        #expect(throws: LibraryServer.Refusal.self) { try server.step(response) }
    }

    @Test(arguments: ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"])
    func anotherTLSSession(mechanism: String) throws {
        let server = try LibraryServer(mechanism, binding: .exporter([UInt8](1...32)))
        #expect(try exchange(client(mechanism, binding: Self.exporter), server) == .refusedByServer)
    }

    @Test func bindingNeedsASession() {
        #expect(failure { _ = try client("SCRAM-SHA-256-PLUS") }?.kind == .unsupported)
    }

    /// The proof of a server that does not know the password (RFC 5802 7: v=; RFC 2831 2.1.3: rspauth).
    @Test(
        arguments: [
            ("SCRAM-SHA-1", 2, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("SCRAM-SHA-256", 2, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("DIGEST-MD5", 1, "rspauth=00000000000000000000000000000000"),
        ])
    func forgedProof(mechanism: String, turn: Int, forged: String) throws {
        let end = try exchange(client(mechanism), LibraryServer(mechanism)) { now, said in
            now == turn ? Array(forged.utf8) : said
        }
        #expect(end == .refusedByClient(.serverNotAuthentic))
    }

    @Test(arguments: [
        "", "v=", "e=unknown-user", "v=AAAA", "r=x,s=AAAA,i=4096", "v=!!!", "rspauth=", "\0",
    ])
    func proofThatIsNone(said: String) throws {
        for (mechanism, turn) in [("SCRAM-SHA-256", 2), ("DIGEST-MD5", 1)] {
            let end = try exchange(client(mechanism), LibraryServer(mechanism)) { now, usual in
                now == turn ? Array(said.utf8) : usual
            }
            guard case .refusedByClient = end else {
                Issue.record("\(mechanism) took the proof \(said)")
                continue
            }
        }
    }

    /// RFC 5802 5.1: the nonce begins with the client's own.
    @Test func forgedNonce() throws {
        let end = try exchange(client("SCRAM-SHA-256"), LibraryServer("SCRAM-SHA-256")) { now, said in
            now == 1 ? Array("r=forged,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8) : said
        }
        #expect(end != .proved && end != .refusedByServer)
    }

    @Test(arguments: ["1000001", "2147483648", "99999999999999999999"])
    func workWithoutEnd(iterations: String) throws {
        let end = try exchange(client("SCRAM-SHA-256"), LibraryServer("SCRAM-SHA-256")) { now, said in
            let text = String(decoding: said, as: UTF8.self)
            return now == 1 ? Array(text.replacing("i=4096", with: "i=\(iterations)").utf8) : said
        }
        #expect(end == .refusedByClient(.challenge))
    }
}

@Suite struct OtherProofs {
    @Test func externalNamesWhomToActAs() throws {
        #expect(try client("EXTERNAL", user: "", password: "").step([]).response == [])
        let (response, isComplete) = try client("EXTERNAL", user: "bob", password: "").step([])
        #expect(response == Array("bob".utf8))
        #expect(isComplete)
    }

    @Test func kerberosWithoutATicket() throws {
        let client = try client("GSSAPI", user: "", password: "")
        let failure = failure { _ = try client.step([]) }
        #expect(failure?.kind == .credentials)
        #expect(failure?.description.contains("KRB5CCNAME") == true)
    }

    /// Type 2 with the challenge of MS-NLMP 4.2.1 and no target name.
    static let typeTwo: [UInt8] =
        Array("NTLMSSP\0".utf8) + [2, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0, 5, 2, 0, 0]
        + [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF] + [
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,
        ]

    @Test func ntlm() throws {
        let client = try client("NTLM", user: "User", password: "Password", domain: "Domain")
        let negotiate = try client.step([]).response
        #expect(negotiate.starts(with: Array("NTLMSSP\0".utf8) + [1, 0, 0, 0]))
        #expect(negotiate.firstRange(of: "Domain".utf8) != nil)
        let (authenticate, isComplete) = try client.step(Self.typeTwo)
        #expect(isComplete)
        #expect(authenticate.starts(with: Array("NTLMSSP\0".utf8) + [3, 0, 0, 0]))
        // MS-NLMP 4.2.2.2.1: the NTLMv1 response to that challenge.
        let response: [UInt8] = [
            0x67, 0xC4, 0x30, 0x11, 0xF3, 0x02, 0x98, 0xA2, 0xAD, 0x35, 0xEC, 0xE6, 0x4F, 0x16, 0x33, 0x1C,
            0x44,
            0xBD, 0xBE, 0xD9, 0x27, 0x84, 0x1F, 0x94,
        ]
        #expect(authenticate.firstRange(of: response) != nil)
    }

    /// Names that would lie beyond the message's end, and what is no challenge at all.
    @Test(
        arguments: [
            [], Array("NTLMSSP\0".utf8), Array(typeTwo.dropLast(20)),
            Array(typeTwo.prefix(8)) + [1] + typeTwo.dropFirst(9),
            Array(typeTwo.prefix(12)) + [255, 255, 255, 255, 48, 0, 0, 0] + typeTwo.dropFirst(20),
            Array(typeTwo.prefix(12)) + [4, 0, 4, 0, 255, 255, 255, 127] + typeTwo.dropFirst(20),
            typeTwo + [UInt8](repeating: 0, count: 2000),
        ] as [[UInt8]])
    func hostileNTLM(challenge: [UInt8]) throws {
        let client = try client("NTLM")
        _ = try client.step([])
        #expect(failure { _ = try client.step(challenge) }?.kind == .challenge)
    }
}

@Suite struct Tokens {
    static let token = "vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg=="

    /// The example of RFC 7628 4.1, at our server.
    @Test func oauthBearer() throws {
        let client = try client("OAUTHBEARER", user: "user@example.com", password: Self.token)
        let (response, isComplete) = try client.step([])
        #expect(isComplete && client.complaint == nil)
        #expect(
            response
                == Array(
                    "n,a=user@example.com,\u{1}host=mail.example.org\u{1}port=587\u{1}auth=Bearer \(Self.token)\u{1}\u{1}"
                        .utf8))
    }

    @Test func oauthBearerEscapesTheName() throws {
        let response = try client("OAUTHBEARER", user: "a=b,c", password: "t").step([]).response
        #expect(response.starts(with: "n,a=a=3Db=2Cc,\u{1}host=".utf8))
    }

    /// The example of Google's description of XOAUTH2.
    @Test func xoauth2() throws {
        let token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
        let response = try client("XOAUTH2", user: "someuser@example.com", password: token).step([]).response
        #expect(response == Array("user=someuser@example.com\u{1}auth=Bearer \(token)\u{1}\u{1}".utf8))
    }

    /// RFC 7628 3.2.3: the refusal comes as a challenge, and wants an answer before it becomes a reply.
    @Test(arguments: [("OAUTHBEARER", [1]), ("XOAUTH2", [])] as [(String, [UInt8])])
    func refusal(mechanism: String, answer: [UInt8]) throws {
        let client = try client(mechanism, password: Self.token)
        _ = try client.step([])
        let (response, isComplete) = try client.step(Array(#"{"status":"invalid_token"}"#.utf8))
        #expect(response == answer)
        #expect(!isComplete)
        #expect(client.complaint == #"{"status":"invalid_token"}"#)
        #expect(failure { _ = try client.step([]) }?.kind == .challenge)
    }

    @Test(arguments: [
        ("", nil), ("token \(token) is bad", nil), ("a\r\nb", "a??b"),
        (String(repeating: "x", count: 5000), String(repeating: "x", count: 300)),
    ])
    func complaintIsShownSafely(said: String, shown: String?) throws {
        let client = try client("XOAUTH2", password: Self.token)
        _ = try client.step([])
        _ = try client.step(Array(said.utf8))
        #expect(client.complaint == shown)
    }

    @Test(
        arguments: ["OAUTHBEARER", "XOAUTH2"],
        [("u\u{1}x", "t"), ("user", "t\u{1}x"), ("user", "t\r\n"), ("", "t"), ("user", "")])
    func credentialsThatCannotTravel(mechanism: String, pair: (String, String)) {
        #expect(failure { _ = try client(mechanism, user: pair.0, password: pair.1) }?.kind == .credentials)
    }
}
