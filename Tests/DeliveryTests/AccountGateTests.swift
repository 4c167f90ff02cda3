// When an account's attempts may begin: places, holds and their length, probes, and who may pass a hold.
import MailCore
import SmarthostConfiguration
import Testing

@testable import Delivery

/// A gate that is shared with the closures of a test's expectations.
private final class Gate {
    private var value: AccountGate

    init(places: Int = 2, connections: Int = 2, rate: RateLimit? = nil) {
        let allowance = AccountAllowance(
            account: "default", places: places, connections: connections, rate: rate)
        value = AccountGate(allowance, firstPause: 5_000)
    }

    var atATime: Int { value.pace.limit }
    func held(at now: Int64) -> Int64? { value.held(at: now)?.until }

    func isOpen(at now: Int64) -> Bool { value.isOpen(at: now) }
    func opening(after now: Int64) -> Int64? { value.opening(after: now) }
    func admit(at now: Int64) -> AccountGate.Pass? { value.admit(at: now) }
    func admitCaller(at now: Int64) throws(DeliveryFailure) -> AccountGate.Pass {
        try value.admitCaller(at: now)
    }
    func learn(
        _ finding: AccountGate.Finding, from pass: AccountGate.Pass, at now: Int64
    ) -> AccountGate.Change? { value.learn(finding, from: pass, at: now) }
    func leave(_ pass: AccountGate.Pass) { value.leave(pass) }
    func endHoldOff() { value.endHoldOff() }

    /// An attempt of the scheduler's, from its beginning to its end.
    func attempt(_ finding: AccountGate.Finding, at now: Int64) throws -> AccountGate.Change? {
        let pass = try #require(admit(at: now))
        defer { leave(pass) }
        return learn(finding, from: pass, at: now)
    }
}

@Suite struct AccountGateTests {
    private static let down = DeliveryFailure(.transient, .relay, .connect, "connection refused")
    private static let refusedLogin = DeliveryFailure(
        .transient, .relay, .authentication, reply: Reply(code: 535, text: "no"), "refused user ann")

    private let gate = Gate()

    @Test func places() throws {
        let first = try #require(gate.admit(at: 0))
        _ = try #require(gate.admit(at: 0))
        #expect(!gate.isOpen(at: 0) && gate.admit(at: 0) == nil)
        #expect(gate.opening(after: 0) == nil)
        gate.leave(first)
        #expect(gate.isOpen(at: 0))
    }

    @Test func callersTakeNoPlaces() throws {
        for _ in 0..<9 { _ = try gate.admitCaller(at: 0) }
        #expect(gate.isOpen(at: 0))
        let callers = try gate.admitCaller(at: 0)
        _ = gate.admit(at: 0)
        _ = gate.admit(at: 0)
        gate.leave(callers)
        #expect(!gate.isOpen(at: 0))
    }

    @Test func pausesDoubleUpToTheLongest() throws {
        var now: Int64 = 0
        for pause: Int64 in [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000] {
            #expect(try gate.attempt(.fails(Self.down), at: now) == .held(Self.down, milliseconds: pause))
            #expect(gate.opening(after: now) == now + pause)
            #expect(!gate.isOpen(at: now + pause - 1))
            now += pause
            #expect(gate.isOpen(at: now) && gate.opening(after: now) == nil)
        }
        #expect(try gate.attempt(.works, at: now) == .released)
        #expect(try gate.attempt(.fails(Self.down), at: now) == .held(Self.down, milliseconds: 5_000))
    }

    @Test func oneProbeThenTheBacklog() throws {
        _ = try gate.attempt(.fails(Self.down), at: 0)
        let probe = try #require(gate.admit(at: 5_000))
        #expect(gate.admit(at: 5_000) == nil)
        #expect(gate.opening(after: 5_000) == nil)
        #expect(gate.learn(.works, from: probe, at: 5_001) == .released)
        _ = try #require(gate.admit(at: 5_001))
    }

    /// As where the message of the probe could not be read.
    @Test func probeThatFoundNothingOut() throws {
        _ = try gate.attempt(.fails(Self.down), at: 0)
        #expect(try gate.attempt(.nothing, at: 5_000) == nil)
        #expect(try gate.attempt(.works, at: 5_000) == .released)
    }

    /// What was under way when the relay went down fails too, and that is one failure.
    @Test func failuresTogetherAreOne() throws {
        let passes = [try #require(gate.admit(at: 0)), try #require(gate.admit(at: 0))]
        #expect(
            gate.learn(.fails(Self.down), from: passes[0], at: 0) == .held(Self.down, milliseconds: 5_000))
        #expect(gate.learn(.fails(Self.down), from: passes[1], at: 4_000) == nil)
        for pass in passes { gate.leave(pass) }
        #expect(gate.opening(after: 4_000) == 5_000)
    }

    @Test func refusedLoginWaitsLonger() throws {
        _ = try gate.attempt(.fails(Self.refusedLogin), at: 0)
        #expect(gate.opening(after: 0) == 60_000)
        #expect(throws: Self.refusedLogin) {
            _ = try gate.admitCaller(at: 59_999)
        }
        // A caller's attempt can be the probe, and then it is the only one.
        let probe = try gate.admitCaller(at: 60_000)
        #expect(gate.admit(at: 60_000) == nil)
        #expect(throws: Self.refusedLogin) {
            _ = try gate.admitCaller(at: 60_000)
        }
        #expect(
            gate.learn(.fails(Self.refusedLogin), from: probe, at: 60_000)
                == .held(Self.refusedLogin, milliseconds: 60_000))
    }

    /// The session of the older attempt was open before; the password is refused all the same.
    @Test func olderSuccess() throws {
        let older = try #require(gate.admit(at: 0))
        _ = try gate.attempt(.fails(Self.refusedLogin), at: 0)
        #expect(gate.learn(.works, from: older, at: 1) == nil)
        let other = Gate()
        let passes = [try #require(other.admit(at: 0)), try #require(other.admit(at: 0))]
        _ = other.learn(.fails(Self.down), from: passes[0], at: 0)
        #expect(other.learn(.works, from: passes[1], at: 1) == .released)
    }

    @Test func callersPassAHoldAndEndIt() throws {
        _ = try gate.attempt(.fails(Self.down), at: 0)
        let callers = try gate.admitCaller(at: 1)
        #expect(gate.learn(.fails(Self.down), from: callers, at: 2) == nil)
        #expect(gate.opening(after: 2) == 5_000)
        let next = try gate.admitCaller(at: 3)
        #expect(gate.learn(.works, from: next, at: 4) == .released)
        #expect(gate.isOpen(at: 4))
    }

    @Test func callersLoginIsRefused() throws {
        _ = try gate.attempt(.fails(Self.down), at: 0)
        let callers = try gate.admitCaller(at: 1)
        #expect(
            gate.learn(.fails(Self.refusedLogin), from: callers, at: 2)
                == .held(Self.refusedLogin, milliseconds: 60_000))
    }

    @Test(arguments: [down, refusedLogin]) func askedFor(failure: DeliveryFailure) throws {
        _ = try gate.attempt(.fails(failure), at: 0)
        gate.endHoldOff()
        _ = try #require(gate.admit(at: 0))
        #expect(gate.admit(at: 0) == nil)
        // A probe that hangs is not waited for, unless it is a login.
        gate.endHoldOff()
        #expect((gate.admit(at: 0) == nil) == (failure == Self.refusedLogin))
    }

    @Test func clockIsSetBack() throws {
        _ = try gate.attempt(.fails(Self.down), at: 1_000_000)
        #expect(gate.isOpen(at: 999_999))
    }

    @Test func findings() throws {
        let address = EmailAddress(localPart: "a", domain: "b.test")
        func finding(_ failures: DeliveryFailure?...) -> AccountGate.Finding {
            AccountGate.Finding(
                failures.map { failure in
                    failure.map { RecipientResult(address, $0) } ?? RecipientResult(address, .delivered(nil))
                })
        }
        let refused = DeliveryFailure(
            .permanent, .recipient, .recipient, reply: Reply(code: 550, text: "no"), "refused")
        let unsigned = DeliveryFailure(.transient, .message, .signing, "not signed")
        #expect(finding(nil) == .works)
        #expect(finding(refused) == .works)
        #expect(finding(nil, Self.down) == .fails(Self.down))
        #expect(finding(unsigned) == .nothing)
        #expect(finding() == .nothing)
    }

    // MARK: Relays that ask for less

    private static let busy = DeliveryFailure(
        .transient, .message, .mail, reply: Reply(code: 451, text: "too many messages"), "busy")

    @Test func halvedThenOneMoreForEachRound() throws {
        let gate = Gate(places: 8, connections: 4)
        #expect(
            try gate.attempt(.asksForLess(Self.busy, .certain), at: 0) == .slowed(Self.busy, atATime: 2))
        let passes = [try #require(gate.admit(at: 0)), try #require(gate.admit(at: 0))]
        #expect(gate.admit(at: 0) == nil)
        for pass in passes {
            #expect(gate.learn(.works, from: pass, at: 0) == nil)
            gate.leave(pass)
        }
        #expect(gate.atATime == 3)
        for _ in 0..<3 { _ = try gate.attempt(.works, at: 0) }
        #expect(gate.atATime == 4)
        for _ in 0..<8 { _ = try #require(gate.admit(at: 0)) }
        #expect(gate.admit(at: 0) == nil)
    }

    /// Those that were under way with it tell nothing new.
    @Test func slowedOnceForARound() throws {
        let gate = Gate(places: 8, connections: 8)
        let passes = try (0..<4).map { _ in try #require(gate.admit(at: 0)) }
        for pass in passes { _ = gate.learn(.asksForLess(Self.busy, .certain), from: pass, at: 0) }
        #expect(gate.atATime == 4)
    }

    @Test func heldWhereEvenOneIsTooMany() throws {
        let gate = Gate(places: 4, connections: 2)
        let finding = AccountGate.Finding.asksForLess(Self.busy, .certain)
        #expect(try gate.attempt(finding, at: 0) == .slowed(Self.busy, atATime: 1))
        #expect(try gate.attempt(finding, at: 0) == .held(Self.busy, milliseconds: 5_000))
        #expect(gate.held(at: 0) == 5_000)
        #expect(try gate.attempt(finding, at: 5_000) == .held(Self.busy, milliseconds: 10_000))
        #expect(try gate.attempt(.works, at: 15_000) == .released)
        #expect(gate.held(at: 15_000) == nil)
    }

    /// It may mean one message only: the others are not kept back for it.
    @Test func neverHeldForWhatMayMeanOneMessage() throws {
        for _ in 0..<9 { _ = try gate.attempt(.asksForLess(Self.busy, .likely), at: 0) }
        #expect(gate.atATime == 1 && gate.isOpen(at: 0))
        _ = try gate.attempt(.fails(Self.down), at: 0)
        #expect(try gate.attempt(.asksForLess(Self.busy, .likely), at: 5_000) == .released)
    }

    /// 421 instead of a greeting: the account is held, and goes on more slowly.
    @Test func refusedConnectionSlowsDownToo() throws {
        let full = DeliveryFailure(
            .transient, .relay, .greeting, reply: Reply(code: 421, text: "too many connections"), "full")
        let gate = Gate(places: 8, connections: 4)
        #expect(try gate.attempt(.fails(full), at: 0) == .held(full, milliseconds: 5_000))
        #expect(gate.atATime == 2)
    }

    // MARK: Rates

    @Test func rateKeepsClosed() throws {
        let gate = Gate(rate: RateLimit(messages: 2, unit: .minute))
        _ = try gate.attempt(.works, at: 0)
        gate.leave(try gate.admitCaller(at: 1_000))
        #expect(!gate.isOpen(at: 1_000) && gate.opening(after: 1_000) == 60_000)
        #expect(gate.admit(at: 59_999) == nil)
        do throws(DeliveryFailure) {
            _ = try gate.admitCaller(at: 59_999)
            Issue.record("admitted")
        } catch {
            #expect(error.disposition == .transient && error.scope == .message)
            #expect(error.text.hasPrefix("account default has sent as many messages as its rate_limit 2/m"))
        }
        _ = try gate.attempt(.works, at: 60_000)
        #expect(gate.opening(after: 60_000) == 61_000)
    }
}
