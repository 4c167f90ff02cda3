// A token endpoint's answer (RFC 6749 5), taken apart strictly. Throws TokenProblem, one line that says what to do
// and has no token in it.

/// An access token that was given.
public struct TokenAnswer: Equatable, Sendable {
    public let accessToken: [UInt8]
    /// How long it holds, in seconds; nil where the endpoint does not say.
    public let lifetime: Int?
    /// The one that takes the old refresh token's place.
    public let refreshToken: [UInt8]?

    private static let tokenAtMost = 16_384

    public init(_ reply: TokenReply) throws(TokenProblem) {
        switch reply {
        case .failed(let reason): throw TokenProblem("cannot be asked: \(reason)")
        case .answered(let status, let body): try self.init(status: status, body)
        }
    }

    private init(status: Int, _ body: [UInt8]) throws(TokenProblem) {
        guard !(300..<400).contains(status) else {
            throw TokenProblem(
                "answered with a redirection (\(status)), which is not followed; set oauth_token_endpoint to where it leads"
            )
        }
        guard let object = try? JSONObject(body) else {
            throw TokenProblem(
                "answered \(status) and no JSON object; check oauth_token_endpoint"
                    + (status >= 500 ? ", or try again later" : ""))
        }
        if let code = object.string("error") {
            throw TokenProblem(code: code, object.string("error_description"))
        }
        guard status == 200 else {
            throw TokenProblem("answered \(status) without saying why; try again later")
        }
        // RFC 6750 is the one kind of token that SMTP knows.
        guard object.string("token_type")?.lowercased() == "bearer" else {
            throw TokenProblem("gave a token of another type than Bearer; check oauth_scope")
        }
        accessToken = try Self.token(object, "access_token")
        refreshToken = object.members["refresh_token"] == nil ? nil : try Self.token(object, "refresh_token")
        lifetime = try Self.lifetime(object.members["expires_in"])
    }

    /// RFC 6749 A.12: visible ASCII, which may have blanks in theory; in `auth=Bearer` it may not.
    private static func token(_ object: JSONObject, _ name: String) throws(TokenProblem) -> [UInt8] {
        let token = Array((object.string(name) ?? "").utf8)
        guard !token.isEmpty, token.count <= tokenAtMost, token.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw TokenProblem("gave no usable \(name)")
        }
        return token
    }

    /// A number by RFC 6749 5.1, which some write as a string.
    private static func lifetime(_ value: JSONObject.Value?) throws(TokenProblem) -> Int? {
        switch value {
        case nil, .null: return nil
        case .number(let text), .string(let text):
            guard let seconds = Int(text), (0...315_360_000).contains(seconds) else { break }
            return seconds
        default: break
        }
        throw TokenProblem("gave an expires_in that is no number of seconds")
    }
}

/// Why there is no token. The text goes on from the endpoint's name.
public struct TokenProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// RFC 6749 5.2, with what to do about it.
    init(code: String, _ detail: String?) {
        let said = [code, detail].compactMap(\.self).map(Self.shown).joined(separator: ": ")
        let remedy =
            switch code {
            case "invalid_grant":
                "the refresh token has expired, was revoked, or belongs to another client; authorize the account anew "
                    + "and put the new token into oauth_refresh_token_file"
            case "invalid_client": "check oauth_client_id and oauth_client_secret_file"
            case "unauthorized_client", "unsupported_grant_type":
                "the client may not do this; check how the application is registered with the provider"
            case "invalid_scope": "check oauth_scope"
            case "temporarily_unavailable", "server_error": "try again later"
            default: "check the keys oauth_… of the account"
            }
        self.init("refused: \(said); \(remedy)")
    }

    /// The endpoint's words, harmless and short.
    private static func shown(_ text: String) -> String {
        let line = text.unicodeScalars.prefix(200).map { $0.value >= 0x20 && $0.value < 0x7F ? $0 : "?" }
        return String(String.UnicodeScalarView(line))
    }
}
