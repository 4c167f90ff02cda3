// How many messages have gone in the last second, minute, hour or day. No more than the limit ever go in any
// such period, which a token bucket cannot say: it lets through twice as many around a pause. A value; moments
// are milliseconds since 1970.
internal import SmarthostConfiguration

/// One account's `rate_limit`.
struct RateWindow {
    let limit: RateLimit
    private let period: Int64
    /// When the latest messages went, at most as many as may go: a ring, once it is full.
    private var moments: [Int64] = []
    /// The oldest one's place.
    private var oldest = 0

    init(_ limit: RateLimit) {
        self.limit = limit
        period = limit.period.components.seconds * 1000
    }

    /// When the next message may go; nil for now.
    func opening(after now: Int64) -> Int64? {
        guard moments.count >= limit.messages else { return nil }
        let moment = moments[oldest]
        // A clock that was set back does not lengthen the wait.
        guard now >= moment, moment + period > now else { return nil }
        return moment + period
    }

    /// A message goes.
    mutating func take(at now: Int64) {
        guard moments.count >= limit.messages else { return moments.append(now) }
        moments[oldest] = now
        oldest = (oldest + 1) % limit.messages
    }

    /// How many went in the period that ends now.
    func count(at now: Int64) -> Int {
        moments.count { $0 <= now && $0 + period > now }
    }
}
