// An account whose relay hangs, is down or refuses the login: the others go on, its messages wait untried,
// and all of them arrive once it is back.
import LinuxIO
import MailCore
import Spool
import TestSupport
import Testing

@testable import Delivery

@Suite(.serialized) struct HoldTests {
    let relay: ScriptedRelay
    private var account: String { "account default\n\(relay.account)" }

    init() throws { relay = try ScriptedRelay() }

    /// Messages 0, 1 … for the default account, of which the first is the longest due.
    private func store(_ count: Int, _ station: Station) async throws -> [QueueID] {
        var ids: [QueueID] = []
        for number in 0..<count {
            let due = station.clock.now - Int64(count - number)
            ids.append(try await station.store(["\(number)@example.net"], due: due))
        }
        return ids
    }

    private func messages(_ ids: [QueueID], _ station: Station) async throws -> [QueuedMessage] {
        var messages: [QueuedMessage] = []
        for id in ids { messages.append(try #require(try await station.spool.message(id))) }
        return messages
    }

    private func hold(_ station: Station) async throws {
        try await station.until("the account is held") {
            station.log.contains { $0.hasPrefix("account held: ") }
                && station.scheduler.attemptsUnderWay == 0
        }
    }

    @Test func hangingRelayStopsNoOther() async throws {
        let other = try ScriptedRelay()
        relay.behaviour.holdsFinalReply = true
        let accounts = "account other\n\(other.account)" + account
        try await Station.run(accounts, attemptsPerAccount: 1) { [self] station in
            _ = try await store(3, station)
            try await station.store(["other@example.net"], account: "other")
            station.start()
            try await station.until("the other arrived") { try await station.spool.count() == 3 }
            #expect(other.received.flatMap(\.recipients) == ["other@example.net"])
            try await station.until("one hangs") { relay.received.count == 1 }
            // The places are the scheduler's: whoever waits for an answer takes none.
            let direct = try await station.store(["direct@example.net"], due: station.clock.now + 60_000)
            let attempt = station.loop.spawn { await station.scheduler.deliverNow(direct) }
            try await station.until("the caller's is on its way") { relay.received.count == 2 }
            relay.behaviour.holdsFinalReply = false
            #expect(await attempt.value.map(\.failure) == [nil])
            try await station.until("all arrived") { try await station.spool.count() == 0 }
        }
    }

    @Test(arguments: ["flush all", "flush one", "hold-off over", "direct"])
    func backlogWaitsUntriedAndThenFlows(way: String) async throws {
        relay.stopListening()
        try await Station.run(account, attemptsPerAccount: 1) { [self] station in
            let ids = try await store(6, station)
            let before = try await messages(ids, station)
            station.start()
            try await hold(station)
            let after = try await messages(ids, station)
            #expect(after[0].attempts == 1)
            #expect(after.dropFirst() == before.dropFirst())
            try relay.listen()
            switch way {
            case "flush all": #expect(try await station.scheduler.flush(nil) == 6)
            case "flush one": #expect(try await station.scheduler.flush(ids[0]) == 1)
            case "direct": #expect(await station.scheduler.deliverNow(ids[0]).map(\.failure) == [nil])
            default:
                station.clock.now += 5_000
                station.scheduler.wake()
            }
            let left = way == "hold-off over" ? 1 : 0
            try await station.until("all arrived") { try await station.spool.count() == left }
            #expect(relay.received.count == 6 - left)
            #expect(station.log.filter { $0.hasPrefix("account held: account=default ") }.count == 1)
            #expect(station.log.contains("account released: account=default"))
        }
    }

    private var accountWithLogin: String { account + "auth plain\nuser ann\npassword sesame\n" }

    /// One login, however many messages wait and callers come.
    @Test func refusedLoginIsNotRepeated() async throws {
        relay.behaviour.replies[.hello] = "250-relay.test\r\n250 AUTH PLAIN"
        try await Station.run(accountWithLogin, attemptsPerAccount: 1) { [self] station in
            let ids = try await store(4, station)
            station.start()
            try await hold(station)
            let failure = try #require(await station.scheduler.deliverNow(ids[3]).first?.failure)
            #expect(failure.phase == .authentication && failure.reply?.code == 535)
            #expect(try await station.spool.message(ids[3])?.pending.first?.lastFailure == failure)
            station.clock.now += 59_999
            station.scheduler.wake()
            _ = await station.scheduler.deliverNow(ids[2])
            #expect(relay.connections == 1)
            #expect(station.log.contains { $0.hasPrefix("account held: account=default pause-ms=60000 ") })
        }
    }

    @Test(arguments: [true, false]) func drainKeepsTheHold(login: Bool) async throws {
        if login {
            relay.behaviour.replies[.hello] = "250-relay.test\r\n250 AUTH PLAIN"
        } else {
            relay.behaviour.replies[.greeting] = "421 4.3.2 closed"
        }
        try await Station.run(login ? accountWithLogin : account, attemptsPerAccount: 1) { [self] station in
            let ids = try await store(5, station)
            await station.scheduler.drain(until: .after(.seconds(20)))
            #expect(relay.connections == 1)
            #expect(try await messages(ids, station).map(\.attempts) == [1, 0, 0, 0, 0])
        }
    }
}
