// The state of messages and recipients over their attempts, and what is due when.
import LinuxIO
import MailCore
import Testing

@testable import Spool

@Suite struct AttemptTests {
    @Test func oneMessageThroughItsAttempts() async throws {
        try await withSpool { spool in
            let id = try await spool.store(newMessage(to: ["ok", "later", "bad", "untouched"]))
            var remaining = try await spool.record(
                [
                    RecipientOutcome(recipient: 0, .delivered),
                    RecipientOutcome(recipient: 1, .deferred(temporaryFailure)),
                    RecipientOutcome(recipient: 2, .failed(permanentFailure)),
                ], for: id, nextAttempt: 500)
            #expect(remaining == Remaining(pending: 2, failed: 1))
            var message = try #require(try await spool.message(id))
            #expect(message.attempts == 1 && message.due == 500)
            #expect(message.recipients.map(\.state) == [.delivered, .pending, .failed, .pending])
            #expect(message.recipients.map(\.attempts) == [1, 1, 1, 0])
            #expect(message.recipients.map(\.lastFailure) == [nil, temporaryFailure, permanentFailure, nil])
            #expect(message.pending.map(\.index) == [1, 3])

            remaining = try await spool.record(
                [
                    RecipientOutcome(recipient: 1, .deferred(lostConnection)),
                    RecipientOutcome(recipient: 3, .delivered),
                ], for: id, nextAttempt: 900)
            message = try #require(try await spool.message(id))
            #expect(message.recipients[1].lastFailure == lostConnection && message.due == 900)

            // Only the failed one is left: nothing is tried by itself any more, and it stays to be seen.
            remaining = try await spool.record(
                [RecipientOutcome(recipient: 1, .delivered)], for: id, nextAttempt: 1000)
            #expect(remaining == Remaining(pending: 0, failed: 1))
            message = try #require(try await spool.message(id))
            #expect(message.due == nil && message.attempts == 3)
            #expect(message.recipients[1].lastFailure == nil)
            #expect(try await spool.nextDue() == nil)
            #expect(try await spool.remove(id))
            #expect(try await spool.message(id) == nil)
        }
    }

    @Test(arguments: [100, 300_000]) func allDeliveredLeavesNothing(size: Int) async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            let id = try await spool.store(newMessage(to: ["b", "c"]), [UInt8](repeating: 65, count: size))
            let kept = try await spool.record(
                [RecipientOutcome(recipient: 0, .delivered)], for: id, nextAttempt: 1)
            #expect(!kept.isEmpty)
            let remaining = try await spool.record(
                [RecipientOutcome(recipient: 1, .delivered)], for: id, nextAttempt: 1)
            #expect(remaining.isEmpty)
            #expect(try await spool.count() == 0)
            #expect(try Files.names(in: folder.path + "/bodies").isEmpty)
            let rows = try await spool.perform { database throws(SpoolFailure) in
                try database.first(
                    "SELECT (SELECT count(*) FROM content) + (SELECT count(*) FROM recipient)"
                ) { $0.integer(0) }
            }
            #expect(rows == 0)
        }
    }

    @Test func aDeliveredRecipientIsNeverTriedAgain() async throws {
        try await withSpool { spool in
            let id = try await spool.store(newMessage(to: ["b", "c"]))
            try await spool.record([RecipientOutcome(recipient: 0, .delivered)], for: id, nextAttempt: 5)
            try await spool.record(
                [RecipientOutcome(recipient: 0, .deferred(temporaryFailure))], for: id, nextAttempt: 5)
            try await spool.makeDue(.all, at: 0)
            #expect(try await spool.due(at: 10, limit: 10, excluding: [], accounts: []).map(\.id) == [id])
            let message = try await spool.message(id)
            #expect(message?.pending.map(\.index) == [1])
            #expect(message?.recipients[0].attempts == 1)
        }
    }

    @Test func anOutcomeOfARemovedMessageIsNoError() async throws {
        try await withSpool { spool in
            let id = try await spool.store(newMessage())
            #expect(try await spool.remove(id))
            #expect(try await spool.remove(id) == false)
            let remaining = try await spool.record(
                [RecipientOutcome(recipient: 0, .deferred(temporaryFailure))], for: id, nextAttempt: 5)
            #expect(remaining.isEmpty)
            #expect(try await spool.count() == 0)
            await #expect(throws: SpoolFailure.noSuchMessage(id)) { try await spool.header(id) }
            await #expect(throws: SpoolFailure.noSuchMessage(id)) { _ = try await spool.body(id) }
        }
    }

    @Test func dueInOrderWithinLimitsAndWithoutThoseUnderWay() async throws {
        try await withSpool { spool in
            var ids: [Int64: QueueID] = [:]
            for due: Int64 in [30, 10, 20, 40] { ids[due] = try await spool.store(newMessage(due: due)) }
            let unscheduled = try await spool.store(newMessage(due: nil))
            func due(_ now: Int64, _ limit: Int = 10, _ excluded: [Int64] = []) async throws -> [Int64?] {
                let underWay = Set(excluded.compactMap { ids[$0] })
                var moments: [Int64?] = []
                for id in try await spool.due(at: now, limit: limit, excluding: underWay, accounts: []).map(
                    \.id)
                {
                    moments.append(try await spool.message(id)?.due)
                }
                return moments
            }
            #expect(try await due(9) == [])
            #expect(try await due(10) == [10])
            #expect(try await due(100) == [10, 20, 30, 40])
            #expect(try await due(100, 2) == [10, 20])
            #expect(try await due(100, 2, [10, 30]) == [20, 40])
            #expect(try await due(100, 0) == [])
            #expect(try await spool.nextDue() == 10)
            #expect(try await spool.nextDue(excluding: Set(ids.values), accounts: []) == nil)
            #expect(try await spool.makeDue(.message(unscheduled), at: 5) == 1)
            #expect(try await spool.nextDue() == 5)
            #expect(try await spool.makeDue(.all, at: 1) == 5)
            #expect(try await due(1) == [1, 1, 1, 1, 1])
        }
    }

    @Test func dueWithoutSomeAccounts() async throws {
        try await withSpool { spool in
            var ids: [QueueID] = []
            for (index, account) in ["slow", "slow", "a'b", "default", "slow"].enumerated() {
                var message = newMessage(due: Int64(index))
                message.account = account
                ids.append(try await spool.store(message))
            }
            func due(without accounts: Set<String>, limit: Int = 9) async throws -> [QueueID] {
                try await spool.due(at: 9, limit: limit, excluding: [], accounts: accounts).map(\.id)
            }
            #expect(try await due(without: []) == ids)
            #expect(try await due(without: ["slow"], limit: 1) == [ids[2]])
            #expect(try await due(without: ["slow", "a'b"]) == [ids[3]])
            #expect(try await due(without: ["slow", "a'b", "default", "none"]) == [])
            #expect(try await spool.nextDue(excluding: [ids[2]], accounts: ["slow"]) == 3)
            #expect(try await spool.nextDue(excluding: [], accounts: ["slow", "a'b", "default"]) == nil)
            let first = try await spool.due(at: 9, limit: 3, excluding: [], accounts: [])
            #expect(first.map(\.account) == ["slow", "slow", "a'b"])
        }
    }

    /// Only the time changes; and a message that lost its recipients is not taken for delivered.
    @Test(arguments: [["b", "c"], []]) func hold(recipients: [String]) async throws {
        try await withSpool { spool in
            let id = try await spool.store(newMessage(to: recipients))
            let before = try #require(try await spool.message(id))
            for moment: Int64? in [700, nil] {
                try await spool.hold(id, until: moment)
                let message = try #require(try await spool.message(id))
                #expect(message.due == moment && message.attempts == 0)
                #expect(message.recipients == before.recipients)
            }
            let remaining = try await spool.record([], for: id, nextAttempt: 5)
            #expect(remaining.pending == recipients.count)
            #expect(try await spool.count() == 1)
        }
    }

    @Test func withoutANextAttemptItWaitsToBeAskedFor() async throws {
        try await withSpool { spool in
            let id = try await spool.store(newMessage())
            try await spool.record(
                [RecipientOutcome(recipient: 0, .deferred(temporaryFailure))], for: id, nextAttempt: nil)
            #expect(try await spool.nextDue() == nil)
            #expect(try await spool.makeDue(.message(id), at: 3) == 1)
            #expect(try await spool.due(at: 3, limit: 1, excluding: [], accounts: []).map(\.id) == [id])
        }
    }
}
