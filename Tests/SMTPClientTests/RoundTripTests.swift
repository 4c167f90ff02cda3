// How often a mail waits for the relay on a warm session, counted in the transcript of real dialogues: each
// turn from what was sent to what was received is a round trip.
import LinuxIO
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct RoundTripTests {
    @Test(
        "round trips of the second mail",
        arguments: [
            ("chunking-one-round-trip", 1), ("good-second-message", 2),
            ("chunking-not-known", 2),
        ])
    func counts(name: String, expected: Int) async throws {
        let text = try Files.read("\(dialoguesFolder)/\(name).txt", limit: 100_000)
        let dialogue = try ScriptedDialogue(String(decoding: text, as: UTF8.self))
        let (turns, problems) = try await onLoop { loop in try await play(dialogue, on: loop) }
        #expect(problems == [])
        #expect(turns == expected)
    }

    /// The turns while the last message was sent.
    private func play(
        _ dialogue: ScriptedDialogue, on loop: EventLoop
    ) async throws -> (turns: Int, problems: [String]) {
        let turns = Turns()
        let server = try ScriptedServer(unix: true, on: loop)
        let playing = loop.spawn { await server.play(dialogue.connections) }
        let workers = try WorkerPool(threads: 1, named: "work")
        let connector = RelayConnector(
            on: loop, workers: workers, transcript: Transcript { direction, _ in turns.add(direction) })
        let pool = RelayPool(connector)
        let route = Route(to: server.endpoint, helloName: "client.example.org")
        for message in dialogue.messages {
            turns.count = 0
            _ = await pool.deliver(message, over: route)
        }
        let count = turns.count
        await pool.close()
        await playing.value
        server.stop()
        workers.shutDown()
        return (count, server.problems)
    }
}

/// Touched on the loop's thread only.
private final class Turns: @unchecked Sendable {
    var count = 0
    private var hasSent = false

    func add(_ direction: Transcript.Direction) {
        switch direction {
        case .sent: hasSent = true
        case .received:
            if hasSent { count += 1 }
            hasSent = false
        case .note: break
        }
    }
}
