// OAUTHBEARER (RFC 7628) and XOAUTH2, its forerunner of Google's, which libgsasl does not have. The one
// message has the token; where the server refuses it, it says why in a challenge and waits for an answer
// before it replies.

final class TokenExchange: Exchange {
    private let opening: [UInt8]
    /// RFC 7628 3.2.3 wants one separator, XOAUTH2 nothing at all.
    private let acknowledgement: [UInt8]
    private let token: [UInt8]
    private var hasSpoken = false
    private(set) var complaint: String?

    private static let separator: UInt8 = 0x01

    init(_ mechanism: Mechanism, _ credentials: SASLCredentials, _ server: SASLServer) {
        token = credentials.withPassword { Array($0) }
        let bearer = Array("auth=Bearer ".utf8) + token + [Self.separator, Self.separator]
        if mechanism.name == "XOAUTH2" {
            opening = Array("user=\(credentials.user)".utf8) + [Self.separator] + bearer
            acknowledgement = []
            return
        }
        var head = "n,a=\(Self.escaped(credentials.user)),\u{01}host=\(server.host)\u{01}"
        if let port = server.port { head += "port=\(port)\u{01}" }
        opening = Array(head.utf8) + bearer
        acknowledgement = [Self.separator]
    }

    func step(_ challenge: [UInt8]) -> (response: [UInt8], isComplete: Bool) {
        guard hasSpoken else {
            hasSpoken = true
            return (opening, true)
        }
        complaint = Self.text(of: challenge, without: token)
        return (acknowledgement, false)
    }

    /// RFC 5801 4: what stands in a saslname for the comma and the equals sign.
    private static func escaped(_ name: String) -> String {
        name.replacing("=", with: "=3D").replacing(",", with: "=2C")
    }

    /// The server's JSON as one line; nil where it says nothing, or repeats the token.
    private static func text(of challenge: [UInt8], without token: [UInt8]) -> String? {
        let shown = challenge.prefix(300).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        guard !shown.isEmpty, challenge.firstRange(of: token) == nil else { return nil }
        return String(decoding: shown, as: UTF8.self)
    }
}
