// When a deferred message is tried again: the configured pauses, then the last of them over and over.

/// The pauses between attempts (`retry`).
public struct RetryPlan: Sendable {
    /// In milliseconds; never empty.
    private let pauses: [Int64]

    /// An empty list stands for one pause of an hour.
    public init(_ pauses: [Duration]) {
        let milliseconds = pauses.map { $0.components.seconds * 1000 }
        self.pauses = milliseconds.isEmpty ? [3_600_000] : milliseconds
    }

    /// In milliseconds.
    var firstPause: Int64 { pauses[0] }

    /// Milliseconds since 1970 of the next attempt. `attempts` counts those already made, so it is 1 after
    /// the first; `spread`, from 0 to 1, adds up to a tenth of the pause, so that what was deferred together
    /// does not come back together.
    public func nextAttempt(after attempts: Int, at now: Int64, spread: Double) -> Int64 {
        let pause = pauses[min(max(attempts, 1), pauses.count) - 1]
        return now + pause + Int64(Double(pause / 10) * min(max(spread, 0), 1))
    }
}
