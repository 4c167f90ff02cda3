// Changes that come together share a transaction, and none suffers from another.
import LinuxIO
import MailCore
import Synchronization
import TestSupport
import Testing

@testable import Spool

@Suite struct GroupCommitTests {
    @Test func aHundredMessagesShareOneCommit() async throws {
        try await withSpool { spool in
            try await onLoop { loop in
                let gate = Gate()
                let before = spool.commits
                spool.holdWriter(gate)
                let stores = (0..<100).map { number in
                    loop.spawn { try? await spool.store(newMessage(arrival: number), [UInt8(number)]) }
                }
                await Task.yield()
                gate.open()
                var ids: Set<QueueID> = []
                for store in stores { ids.insert(try #require(await store.value)) }
                #expect(ids.count == 100)
                // One for the change that held the writer, one for all that came meanwhile.
                #expect(spool.commits == before + 2)
            }
            #expect(try await spool.count() == 100)
        }
    }

    @Test func nothingIsAcknowledgedBeforeItsGroupIsCommitted() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            try await onLoop { loop in
                let (before, within) = (Gate(), Gate())
                spool.holdWriter(before)
                let isAcknowledged = Mutex(false)
                let store = loop.spawn {
                    _ = try? await spool.store(newMessage(), [1])
                    isAcknowledged.withLock { $0 = true }
                }
                await Task.yield()
                let second = loop.spawn {
                    try? await spool.perform { _ throws(SpoolFailure) in within.arriveAndWait() }
                }
                await Task.yield()
                before.open()
                within.waitForArrival()
                // The message's rows are written; the commit waits for the second change.
                for _ in 0..<10 { await Task.yield() }
                #expect(isAcknowledged.withLock(\.self) == false)
                let early = try await withSpool(in: folder.copy()) { try await $0.count() }
                #expect(early == 0)
                within.open()
                await store.value
                await second.value
                let late = try await withSpool(in: folder.copy()) { try await $0.count() }
                #expect(late == 1)
            }
        }
    }

    @Test func aChangeThatFailsHarmsNoOther() async throws {
        try await withSpool { spool in
            try await onLoop { loop in
                let gate = Gate()
                let before = spool.commits
                spool.holdWriter(gate)
                let first = loop.spawn { try? await spool.store(newMessage(), [1]) }
                let failing = loop.spawn { () -> SpoolFailure? in
                    do throws(SpoolFailure) {
                        try await spool.perform { database throws(SpoolFailure) in
                            try database.execute("DELETE FROM message")
                            try database.execute("this is no SQL")
                        }
                        return nil
                    } catch { return error }
                }
                let last = loop.spawn { try? await spool.store(newMessage(), [2]) }
                await Task.yield()
                gate.open()
                let ids = [await first.value, await last.value]
                guard case .system(let text)? = await failing.value else {
                    Issue.record("the failing change did not fail")
                    return
                }
                #expect(text.contains("syntax error"))
                #expect(spool.commits == before + 2)
                for (id, byte) in zip(ids, [1, 2] as [UInt8]) {
                    let stored = try await spool.wholeBody(#require(id))
                    #expect(stored == [byte])
                }
            }
        }
    }

    /// A full database ends the whole transaction; those who fit are stored all the same.
    @Test func aMessageTooManyForTheDiskHarmsNoOther() async throws {
        try await withSpool { spool in
            try await onLoop { loop in
                try await spool.limitPages(by: 30)
                let gate = Gate()
                spool.holdWriter(gate)
                let sizes = [10, 200_000, 20, 250_000, 30]
                let stores = sizes.map { size in
                    loop.spawn { () -> Result<QueueID, SpoolFailure> in
                        let draft = spool.makeDraft()
                        do throws(SpoolFailure) {
                            try await draft.append([UInt8](repeating: 65, count: size))
                            return .success(try await spool.store(newMessage(), body: draft))
                        } catch { return .failure(error) }
                    }
                }
                await Task.yield()
                gate.open()
                for (size, store) in zip(sizes, stores) {
                    switch await store.value {
                    case .success(let id):
                        let stored = try await spool.wholeBody(id)
                        #expect(stored.count == size && size < 100)
                    case .failure(let error): #expect(error.isStorageExhausted && size > 100)
                    }
                }
            }
            #expect(try await spool.count() == 3)
            try await spool.limitPages(by: 1000)
            let id = try await spool.store(newMessage(), [UInt8](repeating: 65, count: 250_000))
            #expect(try await spool.wholeBody(id).count == 250_000)
        }
    }

    @Test func closingFinishesWhatWasHandedOverAndRefusesTheRest() async throws {
        let folder = TemporaryFolder()
        let spool = try SQLiteSpool.open(directory: folder.path)
        let late = spool.makeDraft()
        try await late.append([UInt8](repeating: 65, count: 300_000))
        try await onLoop { loop in
            let gate = Gate()
            spool.holdWriter(gate)
            let store = loop.spawn { try? await spool.store(newMessage(), [1]) }
            await Task.yield()
            let closing = loop.spawn { await spool.close() }
            await Task.yield()
            gate.open()
            #expect(await store.value != nil)
            await closing.value
            await spool.close()
            await #expect(throws: SpoolFailure.closed) { try await spool.store(newMessage(), body: late) }
            await #expect(throws: SpoolFailure.closed) { try await spool.count() }
        }
        #expect(try Files.names(in: folder.path + "/bodies").isEmpty)
        // The log was carried over: what remains is the database, whole.
        #expect(try Set(Files.names(in: folder.path)) == ["bodies", "lock", "queue.sqlite"])
        #expect(try await withSpool(in: folder) { try await $0.count() } == 1)
    }
}

extension SQLiteSpool {
    /// Lets the database grow by that many pages and no more.
    func limitPages(by pages: Int64) async throws {
        try await perform { database throws(SpoolFailure) in
            let now = try database.first("PRAGMA page_count") { $0.integer(0) } ?? 0
            try database.execute("PRAGMA max_page_count = \(now + pages)")
        }
    }
}
