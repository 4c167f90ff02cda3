// Whose turn it is, what is written down, and how it ends, with a relay that does what the test wants.
import LinuxIO
import MailCore
import Spool
import TestSupport
import Testing

@testable import Delivery

@Suite(.serialized) struct SchedulerTests {
    let relay: ScriptedRelay
    private var account: String { "account default\n\(relay.account)" }

    init() throws { relay = try ScriptedRelay() }

    private var arrived: [String] { relay.received.flatMap(\.recipients) }

    /// One at a time, the longest due first; what is not due stays.
    @Test func inTheOrderOfTheirTime() async throws {
        try await Station.run(account, attemptsPerAccount: 1) { [self] station in
            let now = station.clock.now
            for (name, due) in [
                ("third", now - 1), ("first", now - 3), ("later", now + 1_000), ("second", now - 2),
            ] {
                try await station.store(["\(name)@example.net"], due: due)
            }
            station.start()
            try await station.until("three arrived") { relay.received.count == 3 }
            #expect(arrived == ["first@example.net", "second@example.net", "third@example.net"])
            try await station.until("it is written down") { try await station.spool.count() == 1 }
            station.clock.now = now + 1_000
            station.scheduler.wake()
            try await station.until("the last arrived") { try await station.spool.count() == 0 }
            #expect(arrived.last == "later@example.net")
        }
    }

    /// However often it is called and flushed, a message that is being tried is not tried a second time.
    @Test func notTwiceAtATime() async throws {
        relay.behaviour.holdsFinalReply = true
        try await Station.run(account) { [self] station in
            let id = try await station.store()
            station.start()
            try await station.until("it is on its way") { relay.received.count == 1 }
            #expect(try await station.scheduler.flush(nil) == 1)
            #expect(try await station.scheduler.flush(id) == 1)
            #expect(await station.scheduler.deliverNow(id) == [])
            #expect(station.scheduler.attemptsUnderWay == 1)
            relay.behaviour.holdsFinalReply = false
            try await station.until("it is done") { station.scheduler.attemptsUnderWay == 0 }
            #expect(try await station.spool.count() == 0)
            #expect(relay.received.count == 1)
            #expect(station.spool.records == 1)
        }
    }

    /// The other way round: what a caller waits for is not started by a flush.
    @Test func flushDuringADirectAttempt() async throws {
        relay.behaviour.holdsFinalReply = true
        try await Station.run(account) { [self] station in
            let id = try await station.store(due: station.clock.now + 60_000)
            station.start()
            let direct = station.loop.spawn { await station.scheduler.deliverNow(id) }
            try await station.until("it is on its way") { relay.received.count == 1 }
            _ = try await station.scheduler.flush(nil)
            #expect(
                try await station.spool.due(at: station.clock.now, limit: 9, excluding: [], accounts: []).map(
                    \.id) == [id])
            relay.behaviour.holdsFinalReply = false
            #expect(await direct.value.map(\.failure) == [nil])
            #expect(try await station.spool.count() == 0)
            #expect(relay.received.count == 1)
        }
    }

    /// The relay has it, the disk is full: it is not sent again, and written down when there is room.
    @Test func outcomeCannotBeWrittenDown() async throws {
        try await Station.run(account) { [self] station in
            station.spool.recordFailures = 5
            try await station.store()
            station.start()
            try await station.until("it is written down") { station.spool.records == 1 }
            #expect(try await station.spool.count() == 0)
            #expect(relay.received.count == 1)
            let complaints = station.log.filter { $0.hasPrefix("outcome not written down: ") }
            #expect(complaints.count == 5)
            #expect(complaints.allSatisfy { $0.contains("No space left on device") })
        }
    }

    /// It stays so until the daemon ends, and the log says what that means.
    @Test func outcomeIsNeverWrittenDown() async throws {
        try await Station.run(account) { [self] station in
            station.spool.recordFailures = .max
            let id = try await station.store()
            station.start()
            try await station.until("it cannot be written down") {
                station.log.contains { $0.hasPrefix("outcome not written down: ") }
            }
            await station.scheduler.finish(until: .after(.seconds(20)))
            #expect(station.scheduler.attemptsUnderWay == 0)
            #expect(station.log.filter { $0.hasPrefix("may be sent again: id=\(id) ") }.count == 1)
            #expect(try await station.spool.count() == 1)
            #expect(relay.received.count == 1)
        }
    }

    @Test func deferredByThePlan() async throws {
        relay.behaviour.replies[.endOfData] = "451 4.3.0 later"
        try await Station.run(account) { [self] station in
            let id = try await station.store()
            station.start()
            for pause in [60_000...66_000, 300_000...330_000, 300_000...330_000] as [ClosedRange<Int64>] {
                let attempt = station.spool.records + 1
                try await station.until("attempt \(attempt)") { station.spool.records == attempt }
                let message = try #require(try await station.spool.message(id))
                let due = try #require(message.due)
                #expect(pause.contains(due - station.clock.now))
                #expect(message.attempts == attempt)
                #expect(message.pending.first?.lastFailure?.reply?.code == 451)
                station.clock.now = due
                station.scheduler.wake()
            }
            relay.behaviour = ScriptedRelay.Behaviour()
            try await station.until("it is taken") { try await station.spool.count() == 0 }
        }
    }

    struct Direct: Sendable {
        let replies: [String: String]
        let remaining: Int
        let pending: Int
    }

    /// One that was refused leaves the queue, because its caller was told; one that waits stays.
    @Test(arguments: [
        Direct(replies: [:], remaining: 0, pending: 0),
        Direct(replies: ["a@example.net": "550 5.1.1 no"], remaining: 0, pending: 0),
        Direct(
            replies: ["a@example.net": "550 5.1.1 no", "b@example.net": "550 5.1.1 no"], remaining: 0,
            pending: 0),
        Direct(replies: ["a@example.net": "450 4.2.1 wait"], remaining: 1, pending: 1),
        Direct(
            replies: ["a@example.net": "450 4.2.1 wait", "b@example.net": "550 5.1.1 no"], remaining: 1,
            pending: 1),
    ])
    func directAttempt(_ given: Direct) async throws {
        relay.behaviour.recipientReplies = given.replies
        try await Station.run(account) { station in
            let id = try await station.store(
                ["a@example.net", "b@example.net"], due: station.clock.now + 60_000)
            let results = await station.scheduler.deliverNow(id)
            #expect(results.map { "\($0.recipient)" } == ["a@example.net", "b@example.net"])
            #expect(results.filter { $0.failure != nil }.count == given.replies.count)
            #expect(try await station.spool.count() == given.remaining)
            #expect(try await station.spool.message(id)?.pending.count ?? 0 == given.pending)
        }
    }

    @Test func directAttemptOfNothing() async throws {
        try await Station.run(account) { station in
            let id = try await station.store()
            try await station.spool.remove(id)
            #expect(await station.scheduler.deliverNow(id) == [])
            #expect(station.log.contains { $0.hasPrefix("not tried: id=\(id)") })
        }
    }

    /// The caller hears what the relay said, whatever becomes of the queue's entry.
    @Test func refusedMessageCannotBeRemoved() async throws {
        relay.behaviour.replies[.recipient] = "550 5.1.1 no"
        try await Station.run(account) { station in
            station.spool.removalFails = true
            let id = try await station.store(due: station.clock.now + 60_000)
            #expect(await station.scheduler.deliverNow(id).map(\.failure?.reply?.code) == [550])
            #expect(station.log.contains { $0.hasPrefix("refused message not removed: id=\(id) reason=") })
            #expect(try await station.spool.message(id)?.due == nil)
        }
    }

    enum Damage: CaseIterable { case noRecipients, unreadable }

    /// It is said once, nothing is lost, and the others go on.
    @Test(arguments: Damage.allCases) func damagedMessage(damage: Damage) async throws {
        try await Station.run(account, attemptsPerAccount: 1) { [self] station in
            let id = try await station.store(
                damage == .noRecipients ? [] : ["a@example.net"], due: station.clock.now - 1)
            if damage == .unreadable { station.spool.damagedMessages = [id] }
            try await station.store(["b@example.net"])
            station.start()
            try await station.until("the other arrived") { try await station.spool.count() == 1 }
            try await station.until("nothing is tried") { station.scheduler.attemptsUnderWay == 0 }
            #expect(arrived == ["b@example.net"])
            station.spool.damagedMessages = []
            let message = try #require(try await station.spool.message(id))
            #expect(message.due == (damage == .noRecipients ? nil : station.clock.now + 300_000))
            #expect(message.attempts == 0)
            #expect(station.log.filter { $0.hasPrefix("not tried: id=\(id)") }.count == 1)
            if damage == .noRecipients { #expect(await station.scheduler.deliverNow(id) == []) }
            #expect(try await station.spool.count() == 1)
        }
    }

    /// More callers wait for the relay than the scheduler itself may try at a time.
    @Test func drainWithManyDirectAttempts() async throws {
        relay.behaviour.holdsFinalReply = true
        try await Station.run(account, attemptsPerAccount: 1) { [self] station in
            for _ in 0..<3 {
                let id = try await station.store(due: station.clock.now + 60_000)
                station.loop.spawn { await station.scheduler.deliverNow(id) }
            }
            try await station.store(["last@example.net"])
            try await station.until("all are on their way") { relay.received.count == 3 }
            let drain = station.loop.spawn { await station.scheduler.drain(until: .after(.seconds(20))) }
            relay.behaviour.holdsFinalReply = false
            await drain.value
            #expect(try await station.spool.count() == 0)
            #expect(arrived.last == "last@example.net")
        }
    }

    /// What is due is tried once more, what is deferred then is left for the next start.
    @Test func drain() async throws {
        relay.behaviour.recipientReplies["wait@example.net"] = "450 4.2.1 wait"
        try await Station.run(account, attemptsPerAccount: 2) { [self] station in
            for number in 0..<7 { try await station.store(["\(number)@example.net"]) }
            try await station.store(["wait@example.net"])
            try await station.store(["later@example.net"], due: station.clock.now + 1)
            await station.scheduler.drain(until: .after(.seconds(20)))
            #expect(Set(arrived) == Set((0..<7).map { "\($0)@example.net" }))
            #expect(try await station.spool.count() == 2)
            #expect(station.scheduler.attemptsUnderWay == 0)
        }
    }

    @Test func drainEndsAtItsDeadline() async throws {
        relay.behaviour.holdsFinalReply = true
        try await Station.run(account) { [self] station in
            let id = try await station.store()
            station.start()
            try await station.until("it is on its way") { relay.received.count == 1 }
            await station.scheduler.drain(until: .after(.milliseconds(50)))
            #expect(station.scheduler.attemptsUnderWay == 1)
            await station.scheduler.finish(until: .after(.milliseconds(50)))
            #expect(station.log.filter { $0.hasPrefix("may be sent again: id=\(id) ") }.count == 1)
            relay.behaviour.holdsFinalReply = false
            await station.scheduler.finish(until: .after(.seconds(20)))
            #expect(station.log.filter { $0.hasPrefix("may be sent again: ") }.count == 1)
            #expect(try await station.spool.count() == 0)
        }
    }
}
