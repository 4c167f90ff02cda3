// Size and garbage: neither takes much memory, and neither ends the daemon.
import Glibc
import SubmissionWire
import TestSupport
import Testing

@Suite(.serialized) struct HostileTests {
    @Test func hundredMegabytes() throws {
        let folder = try TemporaryFolder()
        let relay = try ScriptedRelay()
        let daemon = try Daemon(account(relay) + signing(in: folder), in: folder)
        let input = try folder.write(letter, to: "large")
        let file = try check(open(input, O_WRONLY | O_APPEND | O_CLOEXEC), input)
        defer { close(file) }
        let line = Array(String(repeating: "0123456789", count: 7).utf8) + [0x0A]
        let piece = Array(repeatElement(line, count: 15_000).joined())
        var size = letter.utf8.count
        while size < 99_000_000 {
            size += try check(write(file, piece, piece.count), input)
        }
        #expect(try daemon.startSendmail(["-t"], input: input).outcome(seconds: 120).exitCode == 0)
        try daemon.waitForEmptyQueue()
        #expect(try daemon.program.peakMemory() < 48 * 1_024)
        #expect(try #require(relay.received.first).size > 99_000_000)
    }

    @Test func tooLargeIsRefusedEarly() throws {
        let relay = try ScriptedRelay()
        let daemon = try Daemon(account(relay), daemon: "max_message_size 1M")
        let outcome = try daemon.sendmail(
            ["-t"], Array(letter.utf8) + [UInt8](repeating: 0x78, count: 3 << 20))
        #expect(outcome.exitCode == 65)
        #expect(
            outcome.error
                == "sendmail: the message is larger than 1048576 bytes, the daemon's max_message_size\n")
        #expect(daemon.folder.names(in: "spool/bodies").isEmpty)
    }

    /// What is random is the same in every run.
    @Test func randomBytes() throws {
        let relay = try ScriptedRelay()
        let daemon = try Daemon(account(relay))
        var random = Garbage(state: 0x5EED)
        for round in 0..<2_000 {
            let bytes = try random.connection(round)
            _ = try daemon.raw(bytes)
        }
        #expect(!daemon.program.hasEnded)
        let before = relay.received.count
        #expect(try daemon.sendmail(["-t", "-odi"], letter).exitCode == 0)
        #expect(relay.received.count > before)
        #expect(try daemon.terminate() == 0)
        // One line for each event, whatever was in it.
        #expect(daemon.log.split(separator: "\n").allSatisfy { $0.hasPrefix("20") })
    }
}

/// splitmix64.
private struct Garbage: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    private mutating func bytes() -> [UInt8] {
        (0..<Int.random(in: 0...400, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// Noise; noise behind the preamble; a proper submission with some bytes changed or missing.
    mutating func connection(_ round: Int) throws -> [UInt8] {
        switch round % 4 {
        case 0: return bytes()
        case 1: return Frame.preamble + bytes()
        case 2: return Array("From: a@example.org\nTo: b@example.net\nX: ".utf8) + bytes()
        default:
            var request = SubmissionRequest(
                [.submit, .show, .delete, .flush].randomElement(using: &self) ?? .submit)
            request.recipients = [bytes()]
            request.reversePath = bytes()
            request.arguments = [bytes()]
            var message = MessageEncoder()
            var all = try request.encoded() + message.data(Array(letter.utf8)) + message.end()
            for _ in 0..<Int.random(in: 0...3, using: &self) {
                all[Int.random(in: all.indices, using: &self)] = UInt8.random(in: 0...255, using: &self)
            }
            return Array(all.prefix(Int.random(in: 0...(all.count * 2), using: &self)))
        }
    }
}
