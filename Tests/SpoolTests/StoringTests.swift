// What is stored comes back as it was, by way of memory and by way of files.
import LinuxIO
import MailCore
import Testing

@testable import Spool

@Suite struct StoringTests {
    @Test func everythingAboutAMessageComesBack() async throws {
        try await withSpool { spool in
            var new = newMessage(to: ["b", "Ünïcode \" one", "c"], due: 77)
            new.envelope.recipients.append(EmailAddress(localPart: "root", domain: nil))
            new.is8Bit = true
            let id = try await spool.store(new, [0, 13, 10, 255, 0])
            let message = try #require(try await spool.message(id))
            #expect(message.reversePath == new.envelope.reversePath)
            #expect(message.recipients.map(\.address) == new.envelope.recipients)
            #expect(message.recipients.map(\.index) == [0, 1, 2, 3])
            #expect(message.recipients.allSatisfy { $0.state == .pending && $0.attempts == 0 })
            #expect(message.submitter == caller && message.account == "default")
            #expect(message.arrival == new.arrival && message.is8Bit && message.due == 77)
            #expect(message.attempts == 0 && message.bodySize == 5)
            #expect(message.size == new.header.count + 7)
            #expect(try await spool.header(id) == new.header)
            #expect(try await spool.wholeBody(id) == [0, 13, 10, 255, 0])
        }
    }

    @Test func nullReversePathAndUnknownSubmitter() async throws {
        try await withSpool { spool in
            var new = newMessage()
            new.envelope.reversePath = .null
            new.submitter = Submitter(
                userID: nil, groupID: nil, processID: nil, userName: nil, source: "smtp 192.0.2.1")
            let id = try await spool.store(new, [])
            let message = try #require(try await spool.message(id))
            #expect(message.reversePath == .null && message.submitter == new.submitter)
            #expect(try await spool.body(id).next() == nil)
        }
    }

    /// Both sides of the size from which a body is a file, however it arrives.
    @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 524_288, 524_289], [7919, 262_144, 600_000])
    func bodiesComeBackByteForByte(size: Int, piece: Int) async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
            let draft = spool.makeDraft()
            for start in stride(from: 0, to: size, by: piece) {
                try await draft.append(Array(body[start..<min(size, start + piece)]))
            }
            #expect(draft.size == size)
            let id = try await spool.store(newMessage(), body: draft)
            #expect(try await spool.wholeBody(id) == body)
            #expect(try await spool.body(id).size == size)
            #expect(try Files.names(in: folder.path + "/bodies").count == (size > 262_144 ? 1 : 0))
        }
    }

    @Test func aSmallMessageIsOneCommit() async throws {
        try await withSpool { spool in
            let before = spool.commits
            _ = try await spool.store(newMessage(to: ["b", "c", "d"]))
            #expect(spool.commits == before + 1)
        }
    }

    /// 30 MB pass through the queue; neither the log nor the database keeps them.
    @Test func theFilesStaySmall() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            for _ in 0..<150 {
                let id = try await spool.store(newMessage(), [UInt8](repeating: 65, count: 200_000))
                try await spool.record(
                    [RecipientOutcome(recipient: 0, .delivered)], for: id, nextAttempt: nil)
            }
            for name in ["queue.sqlite", "queue.sqlite-wal"] {
                #expect(try FileMetadata(path: "\(folder.path)/\(name)").size < 8_000_000, "\(name)")
            }
        }
    }

    @Test func aDraftIsUsedOnce() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            let draft = spool.makeDraft()
            try await draft.append([UInt8](repeating: 65, count: 300_000))
            _ = try await spool.store(newMessage(), body: draft)
            await #expect(throws: SpoolFailure.self) { try await spool.store(newMessage(), body: draft) }
            #expect(try await spool.count() == 1)
            #expect(try Files.names(in: folder.path + "/bodies").count == 1)
        }
    }

    @Test func discardedAndForgottenDraftsLeaveNothing() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            let discarded = spool.makeDraft()
            try await discarded.append([UInt8](repeating: 65, count: 300_000))
            #expect(try Files.names(in: folder.path + "/bodies").count == 1)
            await discarded.discard()
            #expect(try Files.names(in: folder.path + "/bodies").isEmpty)
            do {
                let forgotten = spool.makeDraft()
                try await forgotten.append([UInt8](repeating: 65, count: 300_000))
            }
            #expect(try Files.names(in: folder.path + "/bodies").isEmpty)
        }
    }

    @Test func aTakenIDIsPassedOver() async throws {
        let folder = TemporaryFolder()
        let numbers = BlockingQueue<UInt32>()
        for number: UInt32 in [5, 5, 5, 6] { numbers.add(number) }
        numbers.close()
        let spool = try SQLiteSpool(
            directory: SpoolDirectory(path: folder.path), processID: 1,
            random: { numbers.take(upTo: 1)?[0] ?? 6 })
        let first = try await spool.store(newMessage(), [1])
        let second = try await spool.store(newMessage(), [2])
        #expect(first.number + 1 == second.number)
        #expect(try await spool.wholeBody(first) == [1])
        #expect(try await spool.wholeBody(second) == [2])
        // With no number left but those that are taken it fails and stores nothing.
        await #expect(throws: SpoolFailure.self) { try await spool.store(newMessage(), [3]) }
        #expect(try await spool.count() == 2)
        await spool.close()
    }
}
