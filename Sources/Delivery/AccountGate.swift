// How many attempts one account may have under way, and whether its relay is worth one now. A value that is
// told what attempts showed and when; the scheduler does as it says. Moments are milliseconds since 1970.
internal import MailCore

/// One account's attempts.
struct AccountGate {
    /// What an attempt showed of the account's relay.
    enum Finding: Equatable {
        /// It answered for the message, whatever it said.
        case works
        /// The way to it failed, and would fail for every other message.
        case fails(DeliveryFailure)
        /// The attempt ended before the relay was asked.
        case nothing
    }

    /// What an attempt is given when it begins and gives back when it has ended.
    struct Pass {
        fileprivate let isDirect: Bool
        fileprivate let isProbe: Bool
        /// How many holds had begun before it.
        fileprivate let holds: Int
    }

    /// After a failure nothing begins before the hold-off is over; then one attempt finds out.
    private struct Hold {
        let failure: DeliveryFailure
        var since: Int64
        var pause: Int64
        var isProbed = false

        /// A clock that was set back does not lengthen the hold-off.
        func isOver(at now: Int64) -> Bool { now >= since + pause || now < since }
    }

    /// How the gate changed, for the log.
    enum Change: Equatable {
        case held(DeliveryFailure, milliseconds: Int64)
        case released
    }

    static let longestPause: Int64 = 300_000
    /// Providers lock an account after a few wrong passwords.
    static let refusedLoginPause: Int64 = 60_000

    private let limit: Int
    private let firstPause: Int64
    private var hold: Hold?
    private var holds = 0
    /// Holds in a row.
    private var failures = 0
    /// Attempts that took one of the places; those that callers wait for take none.
    private var placesTaken = 0

    init(limit: Int, firstPause: Int64) {
        self.limit = limit
        self.firstPause = firstPause
    }

    func isOpen(at now: Int64) -> Bool {
        guard placesTaken < limit else { return false }
        guard let hold else { return true }
        return !hold.isProbed && hold.isOver(at: now)
    }

    /// When it opens by itself; nil where it is open, or opens when an attempt ends.
    func opening(after now: Int64) -> Int64? {
        guard let hold, !hold.isProbed, !hold.isOver(at: now) else { return nil }
        return hold.since + hold.pause
    }

    /// Lets one of the scheduler's attempts begin, or gives nil where it has to wait.
    mutating func admit(at now: Int64) -> Pass? {
        guard isOpen(at: now) else { return nil }
        placesTaken += 1
        return pass(isDirect: false, isProbe: hold != nil)
    }

    /// Lets an attempt begin that a caller waits for. Only refused logins, of which each makes things worse,
    /// hold it up; then the relay's refusal is thrown.
    mutating func admitCaller(at now: Int64) throws(DeliveryFailure) -> Pass {
        guard let hold, hold.failure.isRefusedLogin else { return pass(isDirect: true, isProbe: false) }
        if hold.isProbed || !hold.isOver(at: now) { throw hold.failure }
        return pass(isDirect: true, isProbe: true)
    }

    /// What an attempt showed, as soon as it did.
    mutating func learn(_ finding: Finding, from pass: Pass, at now: Int64) -> Change? {
        let isCurrent = pass.holds == holds
        switch finding {
        case .nothing: return nil
        case .works:
            // A session that was open before logins were refused can still work.
            guard let hold, isCurrent || !hold.failure.isRefusedLogin else { return nil }
            self.hold = nil
            failures = 0
            return .released
        case .fails(let failure):
            // An attempt beside the hold tells nothing new, unless that logins are refused.
            if let hold, !(pass.isProbe && isCurrent),
                !failure.isRefusedLogin || hold.failure.isRefusedLogin
            {
                return nil
            }
            return .held(failure, milliseconds: close(failure, at: now))
        }
    }

    /// Takes the pass of an attempt that has ended. One that was to find out and did not leaves it to the next.
    mutating func leave(_ pass: Pass) {
        if !pass.isDirect { placesTaken -= 1 }
        if pass.isProbe, pass.holds == holds { hold?.isProbed = false }
    }

    /// Somebody says that it is worth a try now. One attempt goes first all the same; one that hangs since
    /// before is not waited for, unless it could be one login too many.
    mutating func endHoldOff() {
        hold?.pause = 0
        if hold?.failure.isRefusedLogin == false { hold?.isProbed = false }
    }

    private mutating func pass(isDirect: Bool, isProbe: Bool) -> Pass {
        if isProbe { hold?.isProbed = true }
        return Pass(isDirect: isDirect, isProbe: isProbe, holds: holds)
    }

    private mutating func close(_ failure: DeliveryFailure, at now: Int64) -> Int64 {
        failures += 1
        let doubled = firstPause << Int64(min(failures - 1, 20))
        let pause = max(min(doubled, Self.longestPause), failure.isRefusedLogin ? Self.refusedLoginPause : 0)
        hold = Hold(failure: failure, since: now, pause: pause)
        holds += 1
        return pause
    }
}

extension DeliveryFailure {
    /// Whether the relay itself turned the login down, as against a password that could not be had.
    var isRefusedLogin: Bool { scope == .relay && phase == .authentication && reply != nil }
}

extension AccountGate.Finding {
    /// What the results of an attempt say of the relay.
    init(_ results: [RecipientResult]) {
        let failures = results.compactMap(\.failure)
        if let failure = failures.first(where: { $0.scope == .relay }) {
            self = .fails(failure)
        } else if results.contains(where: { $0.failure == nil || $0.reply != nil }) {
            self = .works
        } else {
            self = .nothing
        }
    }
}
