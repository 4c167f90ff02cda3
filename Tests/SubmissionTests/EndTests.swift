// What callers hear when the daemon ends in the middle of their message.
import SubmissionWire
import TestSupport
import Testing

@testable import Submission

@Suite struct EndTests {
    /// To a raw caller silence means success, so it must not be silent.
    @Test func aRawCallerIsTold() async throws {
        let counter = try Counter("account default\nhost relay.example.net\n")
        let caller = try counter.connect()
        caller.write(Array("To: bob@example.net\nSubject: half".utf8))
        try caller.waitUntilRead()
        await counter.finish()
        #expect(
            String(decoding: caller.readAll(), as: UTF8.self)
                == "smarthost: the daemon is stopping; nothing was sent\n")
        #expect(try await counter.stored().isEmpty)
        #expect(counter.log.contains { $0.hasPrefix("submission aborted") })
    }

    @Test func aShimGetsNoVerdict() async throws {
        let counter = try Counter("account default\nhost relay.example.net\n")
        let caller = try counter.connect()
        let bytes = try Counter.framed(SubmissionRequest(.submit), "To: bob@example.net\n\nhello\n")
        caller.write(bytes.dropLast(3))
        try caller.waitUntilRead()
        await counter.finish()
        #expect(caller.readAll().isEmpty)
        #expect(try await counter.stored().isEmpty)
    }

    /// More callers than are served at a time wait for their turn; silent ones do not keep it from them.
    @Test func callersAboveTheLimitWait() throws {
        let counter = try Counter("account default\nhost relay.example.net\n")
        var silent: [TestSocket] = []
        for _ in 0..<SubmissionServer.maximumConnections { silent.append(try counter.connect()) }
        let waiting = try counter.connect()
        waiting.write(Array("To: bob@example.net\n\nhello\n".utf8))
        waiting.endWriting()
        silent.removeFirst()
        #expect(waiting.readAll().isEmpty)
        #expect(counter.log.contains { $0.hasPrefix("accepted") })
    }
}
