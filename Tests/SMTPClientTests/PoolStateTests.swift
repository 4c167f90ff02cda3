// The pool's policy with a clock of the test's own and numbers for sessions.
import Testing

@testable import SMTPClient

@Suite struct PoolStateTests {
    typealias State = PoolState<Int>

    let limits = PoolLimits(
        connections: 2, messagesPerConnection: 3, idleTime: .seconds(30), probeAfter: .seconds(5))

    @Test func opensUpToTheLimitThenMakesWait() {
        var state = State(limits: limits)
        #expect(describe(state.lease(at: .zero)) == "open")
        #expect(describe(state.lease(at: .zero)) == "open")
        #expect(describe(state.lease(at: .zero)) == "wait 0")
        #expect(describe(state.lease(at: .zero)) == "wait 1")
        #expect(describe(state.giveBack(7, isReusable: true, messages: 1, at: .zero)) == "0: reuse 7")
        #expect(describe(state.giveBack(7, isReusable: false, messages: 2, at: .zero)) == "close 7, 1: open")
    }

    @Test func reusesTheNewestAndProbesAfterAPause() {
        var state = State(limits: limits)
        _ = state.lease(at: .zero)
        _ = state.lease(at: .zero)
        _ = state.giveBack(1, isReusable: true, messages: 1, at: .seconds(1))
        _ = state.giveBack(2, isReusable: true, messages: 1, at: .seconds(2))
        #expect(state.idleCount == 2)
        #expect(describe(state.lease(at: .seconds(3))) == "reuse 2")
        #expect(describe(state.lease(at: .seconds(6))) == "probe 1")
    }

    @Test func retiresAConnectionAfterItsMessages() {
        var state = State(limits: limits)
        _ = state.lease(at: .zero)
        #expect(describe(state.giveBack(1, isReusable: true, messages: 2, at: .zero)) == "")
        #expect(describe(state.lease(at: .zero)) == "reuse 1")
        #expect(describe(state.giveBack(1, isReusable: true, messages: 3, at: .zero)) == "close 1")
        #expect(state.isEmpty)
    }

    @Test func closesWhatWasIdleForTooLong() {
        var state = State(limits: limits)
        _ = state.lease(at: .zero)
        _ = state.lease(at: .zero)
        _ = state.giveBack(1, isReusable: true, messages: 1, at: .seconds(10))
        _ = state.giveBack(2, isReusable: true, messages: 1, at: .seconds(20))
        #expect(state.nextExpiry == .seconds(40))
        #expect(state.expire(at: .seconds(39)) == [])
        #expect(state.expire(at: .seconds(40)) == [1])
        #expect(state.nextExpiry == .seconds(50))
        #expect(state.expire(at: .seconds(60)) == [2])
        #expect(state.isEmpty)
        #expect(state.nextExpiry == nil)
    }

    /// After a burst all its sessions are there for the next one; a trickle afterwards keeps one of them.
    @Test func warmSessionsSurviveBursts() {
        var state = State(limits: PoolLimits(connections: 4, idleTime: .seconds(30)))
        for _ in 0..<4 { #expect(describe(state.lease(at: .zero)) == "open") }
        for session in 1...4 {
            _ = state.giveBack(session, isReusable: true, messages: 1, at: .seconds(1))
        }
        let again = (0..<4).map { _ in describe(state.lease(at: .seconds(2))) }
        #expect(again == ["reuse 4", "reuse 3", "reuse 2", "reuse 1"])
        for session in 1...4 {
            _ = state.giveBack(session, isReusable: true, messages: 2, at: .seconds(3))
        }
        for second in [10, 20, 30] {
            #expect(describe(state.lease(at: .seconds(second))) == "probe 4")
            _ = state.giveBack(4, isReusable: true, messages: 3, at: .seconds(second))
        }
        #expect(state.expire(at: .seconds(33)) == [1, 2, 3])
        #expect(state.idleCount == 1 && state.leasedCount == 0)
    }

    @Test func aFailedOpeningLetsTheNextOneTry() {
        var state = State(limits: PoolLimits(connections: 1))
        _ = state.lease(at: .zero)
        #expect(describe(state.lease(at: .zero)) == "wait 0")
        #expect(describe(state.openingFailed()) == "0: open")
        #expect(describe(state.openingFailed()) == "")
        #expect(state.isEmpty)
    }

    @Test func aFreshSessionTakesTheIdleOnesPlace() {
        var state = State(limits: limits)
        _ = state.lease(at: .zero)
        _ = state.lease(at: .zero)
        _ = state.giveBack(1, isReusable: true, messages: 1, at: .zero)
        _ = state.giveBack(2, isReusable: true, messages: 1, at: .zero)
        let (answer, close) = state.leaseFresh()
        #expect(describe(answer) == "open")
        #expect(close == [1, 2])
        #expect(state.idleCount == 0)
    }

    @Test func drainsAtTheEnd() {
        var state = State(limits: limits)
        _ = state.lease(at: .zero)
        _ = state.giveBack(1, isReusable: true, messages: 1, at: .zero)
        #expect(state.drain() == [1])
        #expect(state.isEmpty)
    }

    private func describe(_ answer: State.LeaseAnswer) -> String {
        switch answer {
        case .granted(let grant): describe(grant)
        case .wait(let ticket): "wait \(ticket)"
        }
    }

    private func describe(_ grant: State.Grant) -> String {
        switch grant {
        case .reuse(let session, let probe): "\(probe ? "probe" : "reuse") \(session)"
        case .open: "open"
        }
    }

    private func describe(_ result: State.Return) -> String {
        let close = result.close.map { "close \($0)" }
        let next = result.next.map { "\($0): \(describe($1))" }
        return [close, next].compactMap(\.self).joined(separator: ", ")
    }
}
