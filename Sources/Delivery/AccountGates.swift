// The gates of all accounts that have had an attempt, by name.
internal import MailCore

/// One gate for each account.
struct AccountGates {
    private let firstPause: Int64
    private let allowance: (_ account: String) -> AccountAllowance
    private var gates: [String: AccountGate] = [:]

    /// `firstPause` is the first hold-off in milliseconds.
    init(firstPause: Int64, allowance: @escaping (_ account: String) -> AccountAllowance) {
        self.firstPause = firstPause
        self.allowance = allowance
    }

    /// The accounts for which nothing may begin now.
    func closed(at now: Int64) -> Set<String> {
        Set(gates.filter { !$0.value.isOpen(at: now) }.keys)
    }

    /// When the next of them opens by itself.
    func nextOpening(after now: Int64) -> Int64? {
        gates.values.compactMap { $0.opening(after: now) }.min()
    }

    /// The account's gate, to be asked and told; in place, for it may remember many messages.
    subscript(account: String) -> AccountGate {
        get { gates[account] ?? AccountGate(allowance(account), firstPause: firstPause) }
        _modify {
            yield &gates[account, default: AccountGate(allowance(account), firstPause: firstPause)]
        }
    }

    mutating func endHoldOff() {
        for account in gates.keys { gates[account]?.endHoldOff() }
    }
}
