// Both dialects over the real socket: every split, every early end, limits in the middle of the stream.
import LinuxIO
import MailCore
import Spool
import SubmissionWire
import TestSupport
import Testing

@testable import Submission

private let note = "From: ann@example.org\nTo: bob@example.net\n\nhello\n"

@Suite struct DialectTests {
    @Test func framedAtEverySplit() async throws {
        let counter = try Counter(relayAccount)
        let bytes = try Counter.framed(.submit(header: true), note)
        for split in 1..<bytes.count {
            let (output, verdict) = try Counter.decode(counter.exchange([bytes[..<split], bytes[split...]]))
            #expect(output.isEmpty && verdict?.exitCode == .ok && verdict?.text == Array("queued".utf8))
        }
        let stored = try await counter.stored()
        #expect(stored.count == bytes.count - 1)
        #expect(Set(stored.map(\.size)).count == 1)
        #expect(Set(counter.delivery.stored.values) == Set(stored.map(\.id)))
    }

    @Test func rawAtEverySplit() async throws {
        let counter = try Counter(relayAccount)
        let bytes = Array(note.utf8)
        for split in 1..<bytes.count {
            #expect(try counter.exchange([bytes[..<split], bytes[split...]]).isEmpty)
        }
        let stored = try await counter.stored()
        #expect(stored.count == bytes.count - 1)
        #expect(Set(stored.map(\.size)).count == 1)
    }

    /// A caller that dies before its end mark leaves nothing, and is not answered.
    @Test func framedWithoutItsEnd() async throws {
        let counter = try Counter(relayAccount)
        let bytes = try Counter.framed(.submit(header: true), note)
        for end in 0..<bytes.count {
            let answer = try counter.exchange([bytes[..<end]])
            // What is shorter than the preamble is a message without recipients.
            #expect(answer.isEmpty == (end == 0 || end >= Frame.preamble.count))
        }
        #expect(try await counter.stored().isEmpty)
        #expect(counter.log.filter { $0.hasPrefix("submission aborted: ") }.count == bytes.count - 12)
        #expect(counter.folder.names(in: "spool/bodies").isEmpty)
    }

    @Test func largeMessageWithoutItsEnd() async throws {
        let counter = try Counter(relayAccount)
        var encoder = MessageEncoder()
        var bytes = try SubmissionRequest.submit(header: true).encoded() + encoder.data(Array(note.utf8))
        for _ in 0..<20 { bytes += encoder.data([UInt8](repeating: 0x78, count: 65_536)) }
        #expect(try counter.exchange([bytes[...]]).isEmpty)
        #expect(try await counter.stored().isEmpty)
        #expect(counter.folder.names(in: "spool/bodies").isEmpty)
    }

    @Test(arguments: ["SMARTHOST/2\n", "SMARTHOST/99999\nrest"]) func otherVersion(first: String) throws {
        let counter = try Counter(relayAccount)
        let (_, verdict) = try Counter.decode(counter.exchange([Array(first.utf8)[...]]))
        #expect(verdict?.exitCode == .unavailable)
        #expect(
            verdict.map { String(decoding: $0.text, as: UTF8.self) }?.contains("the daemon speaks version 1")
                == true)
    }

    @Test func brokenFrames() async throws {
        let counter = try Counter(relayAccount)
        var bytes = try Counter.framed(.submit(header: true), note)
        bytes[bytes.count - 1] ^= 1
        let (_, verdict) = try Counter.decode(counter.exchange([bytes[...]]))
        #expect(verdict?.exitCode == .software)
        #expect(
            verdict?.text
                == Array("protocol error: the end mark does not fit the number of bytes received".utf8))
        #expect(try await counter.stored().isEmpty)
    }

    @Test func nobodySaidAnything() throws {
        let counter = try Counter(relayAccount)
        #expect(try counter.exchange([]).isEmpty)
        #expect(try counter.raw(note) == "")
        #expect(counter.log.map { $0.prefix { $0 != ":" } } == ["accepted"])
    }

    /// Said while the caller still writes.
    @Test(arguments: [true, false]) func tooLarge(isRaw: Bool) async throws {
        let counter = try Counter(relayAccount + "daemon\nmax_message_size 300k\n")
        let socket = try counter.connect()
        var encoder = MessageEncoder()
        if !isRaw { socket.write(try SubmissionRequest.submit(header: true).encoded()) }
        socket.write(isRaw ? Array(note.utf8) : encoder.data(Array(note.utf8)))
        for _ in 0..<6 {
            let piece = [UInt8](repeating: 0x78, count: 65_536)
            socket.write(isRaw ? piece : encoder.data(piece))
        }
        // Neither an end mark nor an end of file was sent.
        let text = "the message is larger than 307200 bytes, the daemon's max_message_size"
        if isRaw {
            #expect(socket.readAll() == Array("smarthost: \(text)\n".utf8))
        } else {
            let (_, verdict) = try Counter.decode(socket.readAll())
            #expect(verdict == Verdict(.dataError, .init(5, 3, 4), text: text.utf8))
        }
        #expect(try await counter.stored().isEmpty)
        try waitUntil("the draft is gone") { counter.folder.names(in: "spool/bodies").isEmpty }
        #expect(counter.log.contains { $0.hasPrefix("refused: ") && $0.contains("max_message_size") })
    }

    @Test func tooManyRecipients() async throws {
        let counter = try Counter(relayAccount + "daemon\nmax_recipients 2\n")
        let verdict = try counter.submit(.submit(to: "a@x.org,b@x.org", "c@x.org"), note)
        #expect(verdict.exitCode == .dataError && verdict.status == .init(5, 5, 3))
        #expect(try counter.submit(.submit(to: "a@x.org,b@x.org", "A@X.ORG"), note).exitCode != .ok)
        #expect(try counter.submit(.submit(to: "a@x.org,b@x.org", "a@X.ORG"), note).exitCode == .ok)
        #expect(try await counter.stored().count == 1)
    }

    /// Success may end up in a web page, so it says nothing; a refusal is one line.
    @Test func rawAnswers() throws {
        let counter = try Counter(relayAccount)
        #expect(try counter.raw(note) == "")
        let refusal = try counter.raw("Subject: x\n\nhello\n")
        #expect(refusal.hasPrefix("smarthost: no recipients: "))
        #expect(refusal.hasSuffix("\n") && refusal.filter { $0 == "\n" }.count == 1)
    }

    @Test(arguments: [
        (SpoolFailure.storageExhausted("write: No space left on device"), Verdict.Status(4, 3, 1)),
        (.system("disk I/O error"), Verdict.Status(4, 3, 0)), (.closed, Verdict.Status(4, 3, 0)),
    ])
    func storageFails(failure: SpoolFailure, status: Verdict.Status) throws {
        let counter = try Counter(relayAccount, spoolFault: failure)
        let verdict = try counter.submit(.submit(header: true), note)
        #expect(verdict == Verdict(.unavailable, status, text: failure.description.utf8))
        #expect(try counter.raw(note) == "smarthost: \(failure.description)\n")
        #expect(counter.delivery.stored.values.isEmpty)
        #expect(!counter.log.contains { $0.hasPrefix("accepted") })
    }

    /// A large body needs a file, and there is no place for it.
    @Test func bodyCannotBeWritten() async throws {
        let counter = try Counter(relayAccount)
        try Files.rename(counter.folder.file("spool/bodies"), to: counter.folder.file("moved"))
        let verdict = try counter.submit(.submit(header: true), note)
        #expect(verdict.exitCode == .ok)
        let refusal = try counter.raw(note + String(repeating: "0123456789\n", count: 60_000))
        #expect(
            refusal.hasPrefix("smarthost: the spool failed: ")
                && refusal.contains("No such file or directory"))
        #expect(try await counter.stored().count == 1)
    }
}
