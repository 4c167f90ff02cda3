// Access tokens over real HTTPS: the helper alone against endpoints good and bad, and the daemon from the endpoint to
// the relay.
import Glibc
import TestSupport
import Testing

/// What smarthost-token says of one request.
private func ask(_ url: String, trust: String, seconds: Int = 20) throws -> String {
    let folder = try TemporaryFolder()
    let input = try folder.write(
        "smarthost-token 1\n\(url)\n\(trust)\n\(seconds)\ngrant_type=refresh_token&refresh_token=r",
        to: "request")
    let outcome = try Program(builtProgram("smarthost-token"), [], in: folder, input: input).outcome()
    #expect(outcome.exitCode == 0 && outcome.error == "")
    return outcome.output
}

@Suite struct TokenHelperTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: String?
        let reply: String
        var seconds = 20
    }

    static let large = String(repeating: "x", count: 70_000)

    static let cases = [
        Case(
            testDescription: "a token", answer: TokenEndpoint.json("{\"a\":1}"),
            reply: "answered 200\n{\"a\":1}"),
        Case(
            testDescription: "a refusal", answer: TokenEndpoint.json("{}", status: "400 Bad Request"),
            reply: "answered 400\n{}"),
        Case(
            testDescription: "a redirection is not followed",
            answer:
                "HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            reply: "answered 307\n"),
        Case(
            testDescription: "a body too long", answer: TokenEndpoint.json(large),
            reply: "failed its answer is too long\n"),
        Case(
            testDescription: "a body of no stated length",
            answer: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\(large)",
            reply: "failed its answer is too long\n"),
        Case(
            testDescription: "headers too long",
            answer: "HTTP/1.1 200 OK\r\n" + (0..<2000).map { "X-\($0): \(large.prefix(100))\r\n" }.joined(),
            reply: "failed its answer is too long\n"),
        Case(
            testDescription: "the end comes early",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
            reply: "failed Transferred a partial file\n"),
        Case(
            testDescription: "no HTTP at all", answer: "220 mx ESMTP\r\n",
            reply: "failed it does not speak HTTP; check oauth_token_endpoint\n"),
        Case(
            testDescription: "no answer", answer: nil, reply: "failed it did not answer in 1 seconds\n",
            seconds: 1),
    ]

    @Test(arguments: cases) func endpoint(_ example: Case) throws {
        let endpoint = try TokenEndpoint { _ in example.answer }
        let reply = try ask(endpoint.url, trust: endpoint.trustFile, seconds: example.seconds)
        #expect(reply == example.reply)
        #expect(endpoint.requests == ["grant_type=refresh_token&refresh_token=r"])
    }

    @Test func certificates() throws {
        let endpoint = try TokenEndpoint { _ in TokenEndpoint.json("{}") }
        let untrusted =
            "failed its certificate is not to be trusted (name, issuer or date); check oauth_token_endpoint and oauth_trust_file\n"
        #expect(try ask(endpoint.url, trust: "") == untrusted)
        let other = try TokenEndpoint { _ in nil }
        #expect(try ask(endpoint.url, trust: other.trustFile) == untrusted)
        let otherName = "https://localhost:\(endpoint.port)/token"
        #expect(try ask(otherName, trust: endpoint.trustFile) == untrusted)
        #expect(
            try ask(endpoint.url, trust: "/nonexistent/ca.pem")
                == "failed oauth_trust_file /nonexistent/ca.pem is no readable file of certificates\n")
        #expect(endpoint.requests == [])
    }

    @Test func placesWithoutAnEndpoint() throws {
        let relay = try ScriptedRelay()
        #expect(
            try ask("https://127.0.0.1:\(relay.port)/", trust: "")
                == "failed no TLS session can be had with it\n")
        relay.stopListening()
        #expect(
            try ask("https://127.0.0.1:\(relay.port)/", trust: "")
                == "failed nobody answers there; check oauth_token_endpoint and the firewall\n")
    }

    @Test(arguments: ["", "hello", "smarthost-token 1\nhttp://127.0.0.1/\n\n5\nx"])
    func noRequest(input: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(input, to: "request")
        let outcome = try Program(builtProgram("smarthost-token"), [], in: folder, input: path).outcome()
        #expect(
            outcome == ProgramOutcome(exitCode: 0, output: "failed smarthost-token was given no request\n"))
    }

    @Test func argumentsAreRefused() throws {
        let folder = try TemporaryFolder()
        let outcome = try Program(builtProgram("smarthost-token"), ["--help"], in: folder).outcome()
        #expect(outcome.exitCode == 64 && outcome.error.hasPrefix("smarthost-token: started by smarthostd"))
    }
}

@Suite(.serialized) struct TokenDeliveryTests {
    private static func account(
        _ relay: ScriptedRelay, _ endpoint: TokenEndpoint, _ folder: TemporaryFolder
    ) throws -> String {
        let secret = try folder.write("client-secret\n", to: "client")
        let token = try folder.write("refresh-1\n", to: "refresh")
        return """
            account default
            \(relay.account)auth on
            user ann@example.org
            oauth_token_endpoint \(endpoint.url)
            oauth_trust_file \(endpoint.trustFile)
            oauth_client_id client
            oauth_client_secret_file \(secret)
            oauth_refresh_token_file \(token)

            """
    }

    private static func login(_ token: String) -> String {
        "user=ann@example.org\u{1}auth=Bearer \(token)\u{1}\u{1}"
    }

    /// Gives access-1 for refresh-1, access-2 for refresh-2 and so on, and a new refresh token each time.
    private static func rotate(_ body: String) -> String? {
        let number = body.split(separator: "refresh-").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        return TokenEndpoint.json(
            #"{"access_token":"access-\#(number)","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-\#(number + 1)"}"#
        )
    }

    @Test func fromTheEndpointToTheRelay() throws {
        let folder = try TemporaryFolder()
        let endpoint = try TokenEndpoint(Self.rotate)
        let relay = try ScriptedRelay()
        relay.behaviour.logins = [Self.login("access-1")]
        let daemon = try Daemon(Self.account(relay, endpoint, folder), in: folder)
        try daemon.sendmail(["-t"], letter)
        try daemon.waitForEmptyQueue()
        #expect(relay.received.count == 1)
        #expect(
            endpoint.requests == [
                "grant_type=refresh_token&client_id=client&client_secret=client-secret&refresh_token=refresh-1"
            ])
        #expect(String(decoding: try readFile(folder.file("refresh")), as: UTF8.self) == "refresh-2\n")
        var status = stat()
        #expect(stat(folder.file("refresh"), &status) == 0 && status.st_mode & 0o7777 == 0o600)

        // The provider withdraws the token: the next login is refused, and tried again with another.
        relay.behaviour.logins = [Self.login("access-2")]
        relay.behaviour.cutsAt = .mail
        try daemon.sendmail(["-t"], letter)
        try waitUntil("access-2 is used; \(daemon.log)") {
            relay.loginAttempts.contains(Self.login("access-2"))
        }
        relay.behaviour.cutsAt = nil
        try waitUntil("the mail goes out; \(daemon.log)") {
            try daemon.sendmail(["-q"])
            return relay.received.count == 2
        }
        #expect(
            relay.loginAttempts.prefix(3) == [
                Self.login("access-1"), Self.login("access-1"), Self.login("access-2"),
            ])
        #expect(endpoint.requests.count == 2)
        #expect(try daemon.terminate() == 0)
        for secret in ["access-", "refresh-1", "refresh-2", "client-secret"] {
            #expect(!daemon.log.contains(secret))
        }
    }

    @Test func invalidGrantIsToldAndTheMailWaits() throws {
        let folder = try TemporaryFolder()
        let endpoint = try TokenEndpoint { _ in
            TokenEndpoint.json(
                #"{"error":"invalid_grant","error_description":"Token has been revoked."}"#,
                status: "400 Bad Request")
        }
        let relay = try ScriptedRelay()
        relay.behaviour.logins = []
        let daemon = try Daemon(Self.account(relay, endpoint, folder), in: folder)
        let outcome = try daemon.sendmail(["-odi", "-t"], letter)
        #expect(outcome.exitCode == 75)
        #expect(
            outcome.error.contains(
                "refused: invalid_grant: Token has been revoked.; the refresh token has expired"))
        #expect(outcome.error.contains(endpoint.url))
        #expect(relay.loginAttempts == [])
        #expect(String(decoding: try readFile(folder.file("refresh")), as: UTF8.self) == "refresh-1\n")
    }
}
