// What `send --debug` would show of a whole session: all of the dialogue, none of the password.
import LinuxIO
import MailCore
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct TranscriptTests {
    @Test("secrets are masked, content is shown or left out", arguments: [true, false])
    func shows(content: Bool) async throws {
        let shown = try await transcript(of: "auth-login", showsContent: content)
        let opening = [
            "* connected", "< 220 mx.example.net ESMTP", "> EHLO client.example.org", "< 250-mx.example.net",
            "< 250 AUTH LOGIN", "> AUTH LOGIN", "< 334 VXNlcm5hbWU6", "> ***", "< 334 UGFzc3dvcmQ6", "> ***",
            "< 235 2.7.0 Welcome", "> MAIL FROM:<sender@example.org>", "< 250 Ok",
            "> RCPT TO:<rcpt@example.net>", "< 250 Ok", "> DATA", "< 354 Go on",
        ]
        let message = content ? ["> Subject: hi", "> ", "> Hello", "> .a dot"] : ["* the message, 30 bytes"]
        #expect(shown == opening + message + ["> .", "< 250 Ok: queued", "> QUIT", "< 221 2.0.0 Bye"])
    }

    @Test("a chunk is shown behind its command", arguments: [true, false])
    func showsChunks(content: Bool) async throws {
        let shown = try await transcript(of: "chunking-one-byte-packets", showsContent: content)
        let opening = [
            "* connected", "< 220 mx.example.net ESMTP", "> EHLO client.example.org", "< 250-mx.example.net",
            "< 250-PIPELINING", "< 250 CHUNKING", "> MAIL FROM:<sender@example.org>",
            "> RCPT TO:<rcpt@example.net>", "> BDAT 30 LAST",
        ]
        let message = content ? ["> Subject: hi", "> ", "> Hello", "> .a dot"] : ["* content, 30 bytes"]
        let end = [
            "< 250 2.1.0 Ok", "< 250 2.1.5 Ok", "< 250 2.0.0 Ok: queued as 1234", "> QUIT", "< 221 2.0.0 Bye",
        ]
        #expect(shown == opening + message + end)
    }

    /// What is seen of a dialogue with one message, the user logging in where the relay offers it.
    private func transcript(of dialogue: String, showsContent: Bool) async throws -> [String] {
        let text = try Files.read("\(dialoguesFolder)/\(dialogue).txt", limit: 10_000)
        let script = try ScriptedDialogue(String(decoding: text, as: UTF8.self))
        return try await onLoop { loop in
            let lines = Lines()
            let server = try ScriptedServer(unix: true, on: loop)
            let playing = loop.spawn { await server.play(script.connections) }
            let workers = try WorkerPool(threads: 1, named: "work")
            let connector = RelayConnector(
                on: loop, workers: workers, credentials: TestCredentials(),
                transcript: Transcript(showsContent: showsContent) { lines.add($0, $1) })
            var route = Route(to: server.endpoint, helloName: "client.example.org")
            if !script.route.isEmpty {
                route.authentication = .mechanism("LOGIN", Login(user: "tim", account: "work"))
            }
            let session = try await connector.open(route)
            let message = ScriptedDialogue.Message()
            _ = await session.deliver(message.outgoing, content: message.pieces())
            await session.quit()
            await playing.value
            server.stop()
            workers.shutDown()
            return lines.all
        }
    }
}

/// Touched on the loop's thread only.
private final class Lines: @unchecked Sendable {
    private(set) var all: [String] = []

    func add(_ direction: Transcript.Direction, _ text: String) {
        let mark =
            switch direction {
            case .sent: ">"
            case .received: "<"
            case .note: "*"
            }
        // The socket's path is another one each time.
        all.append("\(mark) \(text.hasPrefix("connected") ? "connected" : text)")
    }
}
