// Dialogues as text that a person can read: what the client is given, what the server says (S:), what
// the client must say (C:), and what must become of the message (=). One file may hold several
// connections. Tests/Dialogues/README.md explains each line.
import LinuxIO
import MailCore
import SMTPClient
import TLS

/// A dialogue read from its file.
struct ScriptedDialogue {
    enum Line: Equatable {
        /// Bytes that the server sends.
        case send([UInt8])
        /// The same bytes many times.
        case sendRepeatedly(Int, [UInt8])
        case expect(String)
        case expectMatch(String)
        /// The client has sent nothing more than what was expected so far.
        case expectNothingMore
        /// Lines up to the final dot, whatever they are.
        case expectContent
        /// So many bytes, whatever they are.
        case expectBytes(Int)
        /// The client closes, with or without QUIT.
        case expectEnd
        /// The client closes in the middle of whatever it sends.
        case expectCut
        /// Some bytes, whatever they are.
        case expectSomething
        case close
        /// TLS from here on, the server's side.
        case startTLS(certificate: String, demandsOne: Bool)
        /// The same, but one side breaks the handshake off with an alert.
        case startTLSInVain(certificate: String, demandsOne: Bool)
        case oneByteAtATime
        /// SCRAM's server-first-message (RFC 5802 7) to the nonce that the client has just sent.
        case challengeWithSCRAM(iterations: Int)
    }

    var route: [String] = []
    var messages: [Message] = []
    var connections: [[Line]] = [[]]
    var results: [String] = []

    struct Message {
        var sender = "sender@example.org"
        var recipients = ["rcpt@example.net"]
        var is8Bit = false
        var size: Int?
        var content = "Subject: hi\r\n\r\nHello\r\n.a dot\r\n"
        /// The content source fails after its first piece.
        var contentFails = false
        var notification: NotificationRequest?
        var requiresTLS = false
    }

    struct Mistake: Error { let line: String }

    init(_ text: String) throws {
        for line in text.split(separator: "\n").map(String.init) where !line.hasPrefix("#") {
            try take(line)
        }
        if messages.isEmpty { messages = [Message()] }
    }

    private mutating func take(_ line: String) throws {
        if line == "---" { return connections.append([]) }
        guard let space = line.firstIndex(of: " ") else { throw Mistake(line: line) }
        let rest = String(line[line.index(after: space)...])
        switch line[..<space] {
        case "route:": route = rest.split(separator: " ").map(String.init)
        case "message:": messages.append(try Self.message(rest))
        case "=": results.append(rest)
        case "S:": add(.send(Array(Self.unescaped(rest).utf8) + [13, 10]))
        case "S|": add(.send(Self.bytes(rest)))
        case "S*":
            let words = rest.split(separator: " ", maxSplits: 1)
            guard let count = Int(words[0]) else { throw Mistake(line: line) }
            add(.sendRepeatedly(count, Self.bytes(String(words[1]))))
        case "C:": add(.expect(rest))
        case "C~": add(.expectMatch(rest))
        case "S!", "C!": add(try Self.action(line))
        default: throw Mistake(line: line)
        }
    }

    private mutating func add(_ line: Line) { connections[connections.count - 1].append(line) }

    private static func action(_ line: String) throws -> Line {
        switch line {
        case "S! close": .close
        case _ where line.hasPrefix("S! TLS"): handshake(line)
        case "S! one byte at a time": .oneByteAtATime
        case "C! nothing more": .expectNothingMore
        case "C! content": .expectContent
        case _ where line.hasPrefix("C! bytes "):
            if let count = Int(line.dropFirst(9)) { .expectBytes(count) } else { throw Mistake(line: line) }
        case "C! end": .expectEnd
        case "C! cut": .expectCut
        case "C! something": .expectSomething
        case "S! SCRAM challenge": .challengeWithSCRAM(iterations: 4096)
        case "S! SCRAM challenge of 2000000000 iterations": .challengeWithSCRAM(iterations: 2_000_000_000)
        default: throw Mistake(line: line)
        }
    }

    /// `S! TLS[ as CERTIFICATE][ for clients it knows][, in vain]`.
    private static func handshake(_ line: String) -> Line {
        let words = line.split { " ,".contains($0) }
        let certificate = words.firstIndex(of: "as").map { String(words[$0 + 1]) } ?? "relay"
        let demandsOne = line.contains(" for clients it knows")
        return line.hasSuffix("in vain")
            ? .startTLSInVain(certificate: certificate, demandsOne: demandsOne)
            : .startTLS(certificate: certificate, demandsOne: demandsOne)
    }

    private static func message(_ text: String) throws -> Message {
        var message = Message()
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch parts[0] {
            case "from": message.sender = parts.count > 1 ? unescaped(parts[1]) : ""
            case "to": message.recipients = parts[1].split(separator: ",").map { unescaped(String($0)) }
            case "size": message.size = Int(parts[1])
            case "8bit": message.is8Bit = true
            case "fails": message.contentFails = true
            case "large":
                message.content = "Subject: big\r\n" + String(repeating: "0123456789\r\n", count: 400_000)
            case "lines":
                let count = Int(parts[1]) ?? 0
                message.content = "Subject: big\r\n" + String(repeating: "0123456789\r\n", count: count)
            case "content": message.content = unescaped(parts[1])
            case "requiretls": message.requiresTLS = true
            case "notify", "ret", "envid", "orcpt":
                var request = message.notification ?? NotificationRequest()
                try ask(parts[0], unescaped(parts[1]), of: message, &request)
                message.notification = request
            case "default": break
            default: throw Mistake(line: text)
            }
        }
        return message
    }

    /// The words about notifications; ORCPT is that of the first recipient.
    private static func ask(
        _ word: String, _ value: String, of message: Message, _ request: inout NotificationRequest
    ) throws {
        switch word {
        case "notify" where value == "never": request.wish = .never
        case "notify":
            let names = value.uppercased().split(separator: ",").map(String.init)
            request.wish = .on(Set(names.compactMap(NotificationRequest.Occasion.init)))
        case "ret": request.extent = NotificationRequest.Extent(rawValue: value.uppercased())
        case "envid": request.envelopeID = NotificationRequest.EnvelopeID(value)
        default:
            guard let recipient = message.recipients.first.flatMap(Message.address),
                let original = Message.address(value)
            else { throw Mistake(line: value) }
            request.originals[recipient] = original
        }
    }

    /// `\r`, `\n`, `\0` and `\xNN`; the bytes above 127 that `\x` makes are no UTF-8.
    private static func bytes(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch kind {
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "0"): result.append(0)
            case UInt8(ascii: "x"):
                result.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            default: result += [byte, kind]
            }
        }
        return result
    }

    private static func unescaped(_ text: String) -> String { String(decoding: bytes(text), as: UTF8.self) }
}
