// What `send --debug` would show of a whole session: all of the dialogue, none of the password.
import LinuxIO
import MailCore
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct TranscriptTests {
    @Test("secrets are masked, content is shown or left out", arguments: [true, false])
    func shows(content: Bool) async throws {
        let text = try Files.read("\(dialoguesFolder)/auth-login.txt", limit: 10_000)
        let script = try ScriptedDialogue(String(decoding: text, as: UTF8.self)).connections
        let shown = try await onLoop { loop in
            let lines = Lines()
            let server = try ScriptedServer(unix: true, on: loop)
            let playing = loop.spawn { await server.play(script) }
            let workers = try WorkerPool(threads: 1, named: "work")
            let connector = RelayConnector(
                on: loop, workers: workers, credentials: TestCredentials(),
                transcript: Transcript(showsContent: content) { lines.add($0, $1) })
            let route = Route(
                to: server.endpoint,
                authentication: .mechanism("LOGIN", Login(user: "tim", account: "work")),
                helloName: "client.example.org")
            let session = try await connector.open(route)
            let message = ScriptedDialogue.Message()
            _ = await session.deliver(message.outgoing, content: message.pieces())
            await session.quit()
            await playing.value
            server.stop()
            workers.shutDown()
            return lines.all
        }
        let opening = [
            "* connected", "< 220 mx.example.net ESMTP", "> EHLO client.example.org", "< 250-mx.example.net",
            "< 250 AUTH LOGIN", "> AUTH LOGIN", "< 334 VXNlcm5hbWU6", "> ***", "< 334 UGFzc3dvcmQ6", "> ***",
            "< 235 2.7.0 Welcome", "> MAIL FROM:<sender@example.org>", "< 250 Ok",
            "> RCPT TO:<rcpt@example.net>", "< 250 Ok", "> DATA", "< 354 Go on",
        ]
        let message = content ? ["> Subject: hi", "> ", "> Hello", "> .a dot"] : ["* the message, 30 bytes"]
        #expect(shown == opening + message + ["> .", "< 250 Ok: queued", "> QUIT", "< 221 2.0.0 Bye"])
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
