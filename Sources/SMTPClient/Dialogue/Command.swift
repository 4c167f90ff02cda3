// The commands of RFC 5321 and RFC 4954 as lines, each with the form in which it may be shown.
internal import MailCore

/// One command line.
struct Command: Equatable {
    /// As sent, CRLF included.
    let bytes: [UInt8]
    /// As a transcript may show it: without secrets.
    let shown: String
    /// The step whose reply it asks for.
    let phase: DeliveryFailure.Phase

    private init(_ text: String, shown: String? = nil, _ phase: DeliveryFailure.Phase) {
        bytes = Array(text.utf8) + [ASCII.cr, ASCII.lf]
        self.shown = shown ?? text
        self.phase = phase
    }

    static func hello(_ verb: String, _ name: String) -> Command { Command("\(verb) \(name)", .hello) }
    static let startTLS = Command("STARTTLS", .startTLS)
    static let data = Command("DATA", .data)
    static let reset = Command("RSET", .reset)
    static let noOperation = Command("NOOP", .reset)
    static let quit = Command("QUIT", .reset)

    static func mail(_ path: ReversePath, parameters: [String]) -> Command {
        Command((["MAIL FROM:<\(path)>"] + parameters).joined(separator: " "), .mail)
    }

    static func recipient(_ address: EmailAddress, parameters: [String] = []) -> Command {
        Command((["RCPT TO:<\(address)>"] + parameters).joined(separator: " "), .recipient)
    }

    /// RFC 3030 2: the chunk follows at once, and nothing in it is transformed.
    static func chunk(_ size: Int, isLast: Bool) -> Command {
        Command(isLast ? "BDAT \(size) LAST" : "BDAT \(size)", .content)
    }

    /// AUTH of a mechanism whose first response follows the first challenge.
    static func authenticate(_ mechanism: String) -> Command { Command("AUTH \(mechanism)", .authentication) }

    /// AUTH with an initial response, of which `=` is the empty one (RFC 4954 4). Nil where the line is
    /// longer than a relay must take: then the response has to wait for the challenge.
    static func authenticate(_ mechanism: String, initialResponse: [UInt8]) -> Command? {
        let text = initialResponse.isEmpty ? "=" : base64(initialResponse)
        let line = "AUTH \(mechanism) \(text)"
        guard line.utf8.count + 2 <= 12_288 else { return nil }
        return Command(line, shown: "AUTH \(mechanism) ***", .authentication)
    }

    static func authenticationResponse(_ response: [UInt8]) -> Command {
        Command(base64(response), shown: "***", .authentication)
    }

    /// RFC 4954 4: the client gives up.
    static let cancelAuthentication = Command("*", .authentication)

    private static func base64(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.encode(bytes), as: UTF8.self)
    }
}
