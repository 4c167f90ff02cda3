// The gates of all accounts that have had an attempt, by name.
internal import MailCore

/// One gate for each account.
struct AccountGates {
    private let limit: Int
    private let firstPause: Int64
    private var gates: [String: AccountGate] = [:]

    /// `limit` is how many attempts an account may have under way, `firstPause` the first hold-off in
    /// milliseconds.
    init(limit: Int, firstPause: Int64) {
        self.limit = limit
        self.firstPause = firstPause
    }

    /// The accounts for which nothing may begin now.
    func closed(at now: Int64) -> Set<String> {
        Set(gates.filter { !$0.value.isOpen(at: now) }.keys)
    }

    /// When the next of them opens by itself.
    func nextOpening(after now: Int64) -> Int64? {
        gates.values.compactMap { $0.opening(after: now) }.min()
    }

    /// The account's gate, to be asked and told.
    subscript(account: String) -> AccountGate {
        get { gates[account] ?? AccountGate(limit: limit, firstPause: firstPause) }
        set { gates[account] = newValue }
    }

    mutating func endHoldOff() {
        for account in gates.keys { gates[account]?.endHoldOff() }
    }
}
