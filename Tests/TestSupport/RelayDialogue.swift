// One session of the scripted relay, command by command.

import Glibc
import MailCore

import func CLinux.memmem

struct RelayDialogue {
    private let socket: TestSocket
    private let relay: ScriptedRelay
    private var reversePath = ""
    private var recipients: [String] = []
    private var envelope: [String] = []

    init(_ socket: TestSocket, _ relay: ScriptedRelay) {
        self.socket = socket
        self.relay = relay
    }

    mutating func run() {
        if isCut(at: .accept) { return }
        guard say(.greeting, "220 relay.test ESMTP"), !isCut(at: .greeting) else { return }
        while let line = socket.line() {
            let verb = line.prefix { $0 != " " }.uppercased()
            guard obey(verb, line) else { return }
        }
    }

    /// False where the session is over.
    private mutating func obey(_ verb: String, _ line: String) -> Bool {
        switch verb {
        case "EHLO", "LHLO", "HELO":
            let login = relay.behaviour.logins == nil ? "" : "250-AUTH PLAIN XOAUTH2\r\n"
            let extensions =
                "250-relay.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n\(login)250 ENHANCEDSTATUSCODES"
            return !isCut(at: .hello) && say(.hello, extensions)
        case "AUTH": return say(logIn(line) ? "235 2.7.0 welcome" : "535 5.7.8 not you")
        case "MAIL":
            recipients = []
            envelope = [line]
            reversePath = Self.path(line)
            return !isCut(at: .mail) && say(.mail, "250 2.1.0 sender ok")
        case "RCPT":
            envelope.append(line)
            return !isCut(at: .recipient) && takeRecipient(Self.path(line))
        case "DATA": return !isCut(at: .data) && takeMessage()
        case "RSET": return say("250 2.0.0 reset")
        case "NOOP": return say("250 2.0.0 still here")
        case "QUIT":
            _ = say("221 2.0.0 bye")
            return false
        default: return say("500 5.5.2 what?")
        }
    }

    private func logIn(_ line: String) -> Bool {
        let response = line.split(separator: " ").last.flatMap { Base64.decode(Array($0.utf8)) } ?? []
        return relay.logIn(String(decoding: response, as: UTF8.self))
    }

    private mutating func takeRecipient(_ recipient: String) -> Bool {
        let behaviour = relay.behaviour
        let reply = behaviour.recipientReplies[recipient] ?? behaviour.replies[.recipient] ?? "250 2.1.5 ok"
        if reply.hasPrefix("2") { recipients.append(recipient) }
        return say(reply)
    }

    private mutating func takeMessage() -> Bool {
        if recipients.isEmpty { return say("554 5.5.1 no valid recipients") }
        let reply = relay.behaviour.replies[.data] ?? "354 go ahead"
        guard say(reply) else { return false }
        guard reply.hasPrefix("3") else { return true }
        if isCut(at: .content) {
            _ = socket.receive()
            return false
        }
        guard let content = content() else { return false }
        let kept = content.count <= ScriptedRelay.contentLimit ? Self.unstuffed(content) : []
        relay.keep(
            .init(
                reversePath: reversePath, recipients: recipients, envelope: envelope, content: kept,
                size: content.count))
        if isCut(at: .endOfData) { return false }
        while relay.behaviour.holdsFinalReply { usleep(2_000) }
        return sayFinal()
    }

    private func sayFinal() -> Bool {
        let behaviour = relay.behaviour
        let usual = behaviour.replies[.endOfData] ?? "250 2.0.0 queued as \(relay.received.count)"
        guard relay.isLMTP else { return say(usual) }
        return recipients.allSatisfy { say(behaviour.finalReplies[$0] ?? usual) }
    }

    private func isCut(at step: ScriptedRelay.Step) -> Bool { relay.behaviour.cutsAt == step }

    private func say(_ step: ScriptedRelay.Step, _ usual: String) -> Bool {
        say(relay.behaviour.replies[step] ?? usual)
    }

    private func say(_ reply: String) -> Bool { socket.write("\(reply)\r\n".utf8) }

    /// What stands between the angle brackets.
    private static func path(_ line: String) -> String {
        guard let start = line.firstIndex(of: "<"), let end = line.lastIndex(of: ">"), start < end else {
            return line
        }
        return String(line[line.index(after: start)..<end])
    }

    // MARK: Content

    private static let endMark: [UInt8] = [0x0D, 0x0A, 0x2E, 0x0D, 0x0A]

    /// Everything before the end mark, its CRLF included; nil where the connection ends before.
    private func content() -> [UInt8]? {
        var content: [UInt8] = [0x0D, 0x0A]
        while let more = socket.receive() {
            let from = max(0, content.count - Self.endMark.count)
            content += more
            guard let mark = Self.find(Self.endMark, in: content, from: from) else { continue }
            socket.pushBack(Array(content[(mark + Self.endMark.count)...]))
            return Array(content[2..<(mark + 2)])
        }
        return nil
    }

    static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress,
                let found = memmem(base + start, all.count - start, needle, needle.count)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// RFC 5321 4.5.2.
    private static func unstuffed(_ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var position = content.first == 0x2E ? 1 : 0
        let stuffed: [UInt8] = [0x0D, 0x0A, 0x2E]
        while let next = find(stuffed, in: content, from: position) {
            result += content[position..<(next + 2)]
            position = next + 3
        }
        return result + content[position...]
    }
}
