// How many messages at a time a relay bears: half as many as soon as it asks for less, and one more for each
// round that goes well. A value.

/// The concurrency of one account.
struct Pace {
    /// The number of slow-downs before an attempt began: what it shows of the relay is of that time.
    typealias Round = Int

    /// As many as are configured.
    let most: Int
    private(set) var limit: Int
    private(set) var round: Round = 0
    private var successes = 0

    init(most: Int) {
        self.most = max(1, most)
        limit = self.most
    }

    var isReduced: Bool { limit < most }

    /// The relay asked an attempt of that round for less; whether even one at a time was too many. Those
    /// that were under way at the last slow-down tell nothing new.
    @discardableResult
    mutating func slowDown(_ begun: Round) -> Bool {
        guard begun == round else { return false }
        defer {
            limit = max(1, limit / 2)
            successes = 0
            round += 1
        }
        return limit == 1
    }

    /// An attempt of that round got through.
    mutating func success(_ begun: Round) {
        guard isReduced, begun == round else { return }
        successes += 1
        guard successes >= limit else { return }
        successes = 0
        limit += 1
    }
}
