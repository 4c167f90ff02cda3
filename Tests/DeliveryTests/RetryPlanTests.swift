// When a deferred message is tried again.
import Testing

@testable import Delivery

@Suite struct RetryPlanTests {
    @Test(
        arguments: [
            (1, 0.0, 60_000), (1, 1, 66_000), (1, 0.5, 63_000), (2, 0, 300_000), (2, 1, 330_000),
            (3, 0, 3_600_000),
            (4, 0, 3_600_000), (1_000, 1, 3_960_000), (0, 0, 60_000), (-1, 0, 60_000), (1, 7, 66_000),
            (1, -7, 60_000),
        ] as [(Int, Double, Int64)])
    func pauses(attempts: Int, spread: Double, pause: Int64) {
        let plan = RetryPlan([.seconds(60), .seconds(300), .seconds(3600)])
        #expect(plan.nextAttempt(after: attempts, at: 1_000, spread: spread) == 1_000 + pause)
    }

    @Test func emptyPlanIsAnHour() {
        #expect(RetryPlan([]).nextAttempt(after: 1, at: 0, spread: 0) == 3_600_000)
    }
}
