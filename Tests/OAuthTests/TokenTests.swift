// What is asked, what is answered, and what is no answer at all. The example is RFC 6749 5.1's.
import Testing

@testable import OAuth

private func answer(_ body: String, status: Int = 200) throws(TokenProblem) -> TokenAnswer {
    try TokenAnswer(.answered(status: status, body: Array(body.utf8)))
}

private func problem(_ body: String, status: Int = 200) -> String? {
    do throws(TokenProblem) {
        _ = try answer(body, status: status)
        return nil
    } catch {
        return error.description
    }
}

@Suite struct RequestTests {
    @Test func refreshToken() throws {
        let request = TokenRequest(
            endpoint: "https://example.org/token", trustFile: nil, clientID: "id/1",
            clientSecret: Array("s&=+ \u{E9}".utf8), refreshToken: Array("1//x~y".utf8), scope: "a b")
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == "grant_type=refresh_token&client_id=id%2F1&client_secret=s%26%3D%2B%20%C3%A9&refresh_token=1%2F%2Fx~y&scope=a%20b"
        )
    }

    @Test func clientItself() {
        let request = TokenRequest(
            endpoint: "https://example.org/token", trustFile: nil, clientID: "id",
            clientSecret: [0x0A, 0x41],
            refreshToken: nil, scope: nil)
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == "grant_type=client_credentials&client_id=id&client_secret=%0AA")
    }

    @Test(arguments: [nil, "/etc/ssl/own.pem"]) func wayToTheHelperAndBack(trustFile: String?) throws {
        let request = TokenRequest(
            endpoint: "https://example.org/token", trustFile: trustFile, clientID: "id", clientSecret: nil,
            refreshToken: Array("r".utf8), scope: nil)
        let copy = try #require(TokenRequest(encoded: request.encoded))
        #expect(copy.endpoint == request.endpoint && copy.trustFile == trustFile && copy.body == request.body)
    }

    @Test(arguments: [
        "", "smarthost-token 1", "smarthost-token 1\nhttps://a\n", "smarthost-token 2\nhttps://a\n\n30\nbody",
        "smarthost-token 1\nhttp://a\n\n30\nbody", "smarthost-token 1\nfile:///etc/passwd\n\n30\nbody",
        "smarthost-token 1\nhttps://a\n\n0\nbody", "smarthost-token 1\nhttps://a\n\nx\nbody",
        "smarthost-token 1\nhttps://a\n\n30\n" + String(repeating: "x", count: 140_000),
    ])
    func noRequest(text: String) { #expect(TokenRequest(encoded: Array(text.utf8)) == nil) }

    @Test(arguments: [
        TokenReply.answered(status: 200, body: Array("{\n}\n".utf8)), .answered(status: 503, body: []),
        .failed("nobody answers there"),
    ])
    func replyAndBack(reply: TokenReply) { #expect(TokenReply(encoded: reply.encoded) == reply) }

    @Test(arguments: ["", "answered\n", "answered 200", "answered x\n", "answered 99999\n", "hello\n"])
    func noReply(text: String) { #expect(TokenReply(encoded: Array(text.utf8)) == nil) }
}

@Suite struct AnswerTests {
    @Test func exampleOfTheRFC() throws {
        let answer = try answer(
            """
            {
              "access_token":"2YotnFZFEjr1zCsicMWpAA",
              "token_type":"Bearer",
              "expires_in":3600,
              "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
              "example_parameter":"example_value"
            }
            """)
        #expect(answer.accessToken == Array("2YotnFZFEjr1zCsicMWpAA".utf8))
        #expect(answer.lifetime == 3600)
        #expect(answer.refreshToken == Array("tGzv3JOkF0XG5Qx2TlKWIA".utf8))
    }

    @Test(
        arguments: [
            (#"{"access_token":"a","token_type":"bearer"}"#, nil),
            (#"{"access_token":"a","token_type":"BEARER","expires_in":"60"}"#, 60),
            (
                #"{"access_token":"a","token_type":"Bearer","expires_in":null,"x":{"y":[1,{"z":null}]},"w":true}"#,
                nil
            ),
        ] as [(String, Int?)])
    func oddButGood(body: String, lifetime: Int?) throws {
        let answer = try answer(body)
        #expect(answer.accessToken == [0x61] && answer.lifetime == lifetime && answer.refreshToken == nil)
    }

    @Test(
        arguments: [
            (200, #"{"token_type":"Bearer"}"#, "gave no usable access_token"),
            (200, #"{"access_token":"a b","token_type":"Bearer"}"#, "gave no usable access_token"),
            (200, #"{"access_token":"a\r\nAUTH","token_type":"Bearer"}"#, "gave no usable access_token"),
            (200, #"{"access_token":["a"],"token_type":"Bearer"}"#, "gave no usable access_token"),
            (
                200, #"{"access_token":"\#(String(repeating: "x", count: 20_000))","token_type":"Bearer"}"#,
                "gave no usable access_token"
            ),
            (
                200, #"{"access_token":"a","token_type":"Bearer","refresh_token":""}"#,
                "gave no usable refresh_token"
            ),
            (
                200, #"{"access_token":"a","token_type":"mac"}"#,
                "gave a token of another type than Bearer; check oauth_scope"
            ),
            (200, #"{"access_token":"a"}"#, "gave a token of another type than Bearer; check oauth_scope"),
            (
                200, #"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#,
                "gave an expires_in that is no number of seconds"
            ),
            (
                200, #"{"access_token":"a","token_type":"Bearer","expires_in":1e9}"#,
                "gave an expires_in that is no number of seconds"
            ),
            (200, "<html>", "answered 200 and no JSON object; check oauth_token_endpoint"),
            (
                502, "<html>",
                "answered 502 and no JSON object; check oauth_token_endpoint, or try again later"
            ),
            (200, "", "answered 200 and no JSON object; check oauth_token_endpoint"),
            (
                302, "",
                "answered with a redirection (302), which is not followed; set oauth_token_endpoint to where it leads"
            ),
            (500, "{}", "answered 500 without saying why; try again later"),
            (
                400, #"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
                "refused: invalid_grant: Token has been expired or revoked.; the refresh token has expired, was revoked, or belongs to another client; authorize the account anew and put the new token into oauth_refresh_token_file"
            ),
            (
                401, #"{"error":"invalid_client"}"#,
                "refused: invalid_client; check oauth_client_id and oauth_client_secret_file"
            ),
            (
                200, #"{"error":"invalid_scope","access_token":"a","token_type":"Bearer"}"#,
                "refused: invalid_scope; check oauth_scope"
            ),
            (
                400, #"{"error":"odd\u001b[2J\u0000"}"#,
                "refused: odd?[2J?; check the keys oauth_… of the account"
            ),
        ] as [(Int, String, String)])
    func noToken(status: Int, body: String, expected: String) {
        #expect(problem(body, status: status) == expected)
    }

    @Test func helperThatFailed() {
        #expect(throws: TokenProblem("cannot be asked: nobody answers there")) {
            try TokenAnswer(.failed("nobody answers there"))
        }
    }
}

@Suite struct JSONTests {
    @Test(arguments: [
        ("\"\\u00e9\\ud83d\\ude00\\n\\/\\\\\\\"\\t\\b\\f\\r\"", "\u{E9}\u{1F600}\n/\\\"\t\u{8}\u{C}\r"),
        ("\"é\"", "é"),
        ("\"\"", ""), ("\"\u{7F}\"", "\u{7F}"),
    ])
    func strings(text: String, value: String) throws {
        #expect(try JSONObject(Array("{\"a\":\(text)}".utf8)).string("a") == value)
    }

    @Test(arguments: ["0", "-0", "12", "1.5", "-1e10", "2E+3", "0.1e-1"]) func numbers(text: String) throws {
        #expect(try JSONObject(Array(" { \"a\" : \(text) } ".utf8)).members["a"] == .number(text))
    }

    @Test(arguments: [
        "", "{", "}", "[]", "null", "\"a\"", "{}x", "{}{}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
        "{a:1}",
        "{'a':1}", "{\"a\":1 \"b\":2}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}",
        "{\"a\":NaN}", "{\"a\":True}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\\u+123\"}", "{\"a\":\"\n\"}",
        "{\"a\":\"",
        "{\"a\":[1,]}", "{\"a\":[1}", "{\"a\":{\"b\":1}", "{\"a\":1,\"a\":2}", "\u{FEFF}{}",
    ])
    func malformed(text: String) {
        #expect(throws: JSONProblem.self) { try JSONObject(Array(text.utf8)) }
    }

    @Test func bytesThatAreNoUTF8() {
        #expect(throws: JSONProblem.malformed) {
            try JSONObject(Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8))
        }
    }

    @Test func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                ("{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}")
                    .utf8)
        }
        #expect(try JSONObject(nested(7)).members["a"] == .nested)
        #expect(throws: JSONProblem.tooDeep) { try JSONObject(nested(8)) }
        #expect(throws: JSONProblem.tooDeep) { try JSONObject(nested(1_000_000)) }
        #expect(try JSONObject(Array("{\"a\":[],\"b\":[[]],\"c\":{},\"d\":[{},{}]}".utf8)).members.count == 4)
    }
}
