// What is asked of a token endpoint (RFC 6749 4.4, 6), and how the daemon hands it to the program that asks.

/// A request for an access token.
public struct TokenRequest: Sendable {
    /// An https URL.
    public let endpoint: String
    /// A PEM file of certificates; nil for the system's.
    public let trustFile: String?
    /// How long the whole may take.
    public let seconds: Int
    /// application/x-www-form-urlencoded. It holds secrets.
    public let body: [UInt8]

    /// A request by the refresh token, or by the client itself where there is none.
    public init(
        endpoint: String, trustFile: String?, clientID: String, clientSecret: [UInt8]?,
        refreshToken: [UInt8]?,
        scope: String?, seconds: Int = 30
    ) {
        self.endpoint = endpoint
        self.trustFile = trustFile
        self.seconds = seconds
        var fields: [(String, [UInt8])] = [
            ("grant_type", Array((refreshToken == nil ? "client_credentials" : "refresh_token").utf8)),
            ("client_id", Array(clientID.utf8)),
        ]
        if let clientSecret { fields.append(("client_secret", clientSecret)) }
        if let refreshToken { fields.append(("refresh_token", refreshToken)) }
        if let scope { fields.append(("scope", Array(scope.utf8))) }
        body = Array(fields.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&").utf8)
    }

    /// All but unreserved characters as %XX.
    private static func encoded(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }
}

// MARK: - Between daemon and helper

extension TokenRequest {
    private static let greeting = "smarthost-token 1"
    /// More is no request: tokens have a few kilobytes.
    public static let sizeAtMost = 131_072

    /// Four lines, then the body: what it is, the endpoint, the trust file or nothing, the seconds.
    public var encoded: [UInt8] {
        Array("\(Self.greeting)\n\(endpoint)\n\(trustFile ?? "")\n\(seconds)\n".utf8) + body
    }

    /// Nil for what is no request.
    public init?(encoded: [UInt8]) {
        let parts = encoded.split(separator: 0x0A, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, encoded.count <= Self.sizeAtMost, parts[0].elementsEqual(Self.greeting.utf8),
            let endpoint = String(validating: parts[1], as: UTF8.self), endpoint.hasPrefix("https://"),
            let trustFile = String(validating: parts[2], as: UTF8.self),
            let seconds = Int(String(decoding: parts[3], as: UTF8.self)), (1...600).contains(seconds)
        else { return nil }
        self.endpoint = endpoint
        self.trustFile = trustFile.isEmpty ? nil : trustFile
        self.seconds = seconds
        body = Array(parts[4])
    }
}

/// What became of a request.
public enum TokenReply: Equatable, Sendable {
    /// The endpoint answered, whatever it said.
    case answered(status: Int, body: [UInt8])
    /// It was not reached, or answered nothing that could be taken; the reason in words.
    case failed(String)

    public static let bodyAtMost = 65_536

    /// One line, and the body behind it.
    public var encoded: [UInt8] {
        switch self {
        case .answered(let status, let body): Array("answered \(status)\n".utf8) + body
        case .failed(let reason): Array("failed \(reason)\n".utf8)
        }
    }

    /// Nil for what is no reply.
    public init?(encoded: [UInt8]) {
        let parts = encoded.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let words = String(decoding: parts[0], as: UTF8.self).split(separator: " ", maxSplits: 1)
        switch words.first {
        case "answered":
            guard words.count == 2, let status = Int(words[1]), (100...999).contains(status) else {
                return nil
            }
            self = .answered(status: status, body: Array(parts[1]))
        case "failed": self = .failed(words.count == 2 ? String(words[1]) : "without a reason")
        default: return nil
        }
    }
}
