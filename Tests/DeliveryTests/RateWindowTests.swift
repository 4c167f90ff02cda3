// How many messages a rate lets go, by a clock of the test's own.
import SmarthostConfiguration
import Testing

@testable import Delivery

@Suite struct RateWindowTests {
    @Test func soManyAtOnceThenNoneForThePeriod() {
        var window = RateWindow(RateLimit(messages: 3, unit: .second))
        for _ in 0..<3 {
            #expect(window.opening(after: 500) == nil)
            window.take(at: 500)
        }
        #expect(window.opening(after: 500) == 1_500)
        #expect(window.opening(after: 1_499) == 1_500)
        #expect(window.opening(after: 1_500) == nil)
        #expect(window.count(at: 1_499) == 3)
        #expect(window.count(at: 1_500) == 0)
    }

    /// Whenever messages come, and as many as may go do: never more than the limit in any period.
    @Test(arguments: [1, 2, 3, 7, 50]) func neverMoreInAnyPeriod(limit: Int) {
        var generator = Multiplicative(state: UInt64(limit))
        var window = RateWindow(RateLimit(messages: limit, unit: .minute))
        var sent: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...9_000, using: &generator)
            guard window.opening(after: now) == nil else { continue }
            window.take(at: now)
            sent.append(now)
        }
        #expect(sent.count > 100)
        for (first, last) in zip(sent, sent.dropFirst(limit)) { #expect(last - first >= 60_000) }
    }

    @Test func aClockThatIsSetBackEndsTheWait() {
        var window = RateWindow(RateLimit(messages: 1, unit: .day))
        window.take(at: 1_000_000)
        #expect(window.opening(after: 1_000_000) == 87_400_000)
        #expect(window.opening(after: 999_999) == nil)
    }
}

/// A generator that gives the same numbers each time.
private struct Multiplicative: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
