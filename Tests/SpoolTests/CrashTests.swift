// What a killed process leaves behind: the files as they are at one moment, opened as another spool.
import LinuxIO
import MailCore
import Testing

@testable import Spool

@Suite struct CrashTests {
    /// The shared-memory index is there after a kill and gone after a power cut.
    @Test(arguments: [[], ["queue.sqlite-shm"]] as [Set<String>])
    func allThatWasAcknowledgedIsThereAndNothingElse(lost: Set<String>) async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            var stored: [QueueID: [UInt8]] = [:]
            for number in 0..<60 {
                let body = [UInt8](repeating: UInt8(number), count: number % 20 == 7 ? 300_000 : 50 * number)
                stored[try await spool.store(newMessage(arrival: Int64(number)), body)] = body
            }
            let leaving = try await spool.store(newMessage(), [UInt8](repeating: 1, count: 400_000))
            try await spool.record(
                [RecipientOutcome(recipient: 0, .delivered)], for: leaving, nextAttempt: nil)
            let copy = try await copyInMidTransaction(spool, folder, without: lost)

            try await withSpool(in: copy) { recovered in
                #expect(try await recovered.list(limit: 1000).map(\.id) == stored.keys.sorted())
                for (id, body) in stored { #expect(try await recovered.wholeBody(id) == body) }
                #expect(recovered.removedOrphans == 1)
                #expect(try Files.names(in: copy.path + "/bodies").count == 3)
                _ = try await recovered.store(newMessage())
            }
        }
    }

    /// Copies the spool while a transaction has written rows but not committed them, and a draft its file.
    private func copyInMidTransaction(
        _ spool: SQLiteSpool, _ folder: TemporaryFolder, without lost: Set<String>
    ) async throws -> TemporaryFolder {
        let draft = spool.makeDraft()
        try await draft.append([UInt8](repeating: 9, count: 300_000))
        let gate = Gate()
        // Waited for without a thread: the task that arrives may need this one.
        let (arrivals, arrival) = AsyncStream<Never>.makeStream()
        let change = Task {
            try await spool.perform { database throws(SpoolFailure) in
                for _ in 0..<2000 {
                    _ = try database.insert(
                        newMessage(), body: .memory([UInt8](repeating: 7, count: 4000)),
                        random: { .random(in: 0 ... .max) })
                }
                arrival.finish()
                gate.arriveAndWait()
                throw .system("taken back")
            }
        }
        for await _ in arrivals {}
        let copy = try folder.copy(without: lost)
        gate.open()
        await #expect(throws: SpoolFailure.system("taken back")) { try await change.value }
        await draft.discard()
        return copy
    }

    @Test func attemptsSurviveToo() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            let id = try await spool.store(newMessage(to: ["b", "c"]))
            try await spool.record(
                [
                    RecipientOutcome(recipient: 0, .delivered),
                    RecipientOutcome(recipient: 1, .deferred(temporaryFailure)),
                ],
                for: id, nextAttempt: 99)
            try await withSpool(in: folder.copy()) { recovered in
                let message = try await recovered.message(id)
                #expect(try await message == spool.message(id))
                #expect(try await recovered.nextDue() == 99)
            }
        }
    }
}
