// How many attempts one account may have under way, and whether its relay is worth one now. A value that is
// told what attempts showed and when; the scheduler does as it says. Moments are milliseconds since 1970.
internal import MailCore
internal import SmarthostConfiguration

/// What an account is allowed.
struct AccountAllowance {
    let account: String
    /// Attempts at a time: more than it has connections, since some sign while others wait for replies.
    let places: Int
    let connections: Int
    var rate: RateLimit?
}

/// One account's attempts.
struct AccountGate {
    /// What an attempt showed of the account's relay.
    enum Finding: Equatable {
        /// It answered for the message, whatever it said.
        case works
        /// The way to it failed, and would fail for every other message.
        case fails(DeliveryFailure)
        /// It answered, and asks for fewer messages at a time.
        case asksForLess(DeliveryFailure, DeliveryFailure.SlowDown)
        /// The attempt ended before the relay was asked.
        case nothing
    }

    /// What an attempt is given when it begins and gives back when it has ended.
    struct Pass {
        fileprivate let isDirect: Bool
        fileprivate let isProbe: Bool
        /// How many holds had begun before it.
        fileprivate let holds: Int
        fileprivate let round: Pace.Round
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
        /// So many at a time from now on.
        case slowed(DeliveryFailure, atATime: Int)
    }

    static let longestPause: Int64 = 300_000
    /// Providers lock an account after a few wrong passwords.
    static let refusedLoginPause: Int64 = 60_000

    let allowance: AccountAllowance
    private let firstPause: Int64
    private(set) var pace: Pace
    private(set) var rate: RateWindow?
    private var hold: Hold?
    private var holds = 0
    /// Holds in a row.
    private var failures = 0
    /// Attempts that took one of the places; those that callers wait for take none.
    private(set) var placesTaken = 0
    /// Messages of which the relay took something.
    private(set) var sent = 0

    init(_ allowance: AccountAllowance, firstPause: Int64) {
        self.allowance = allowance
        self.firstPause = firstPause
        pace = Pace(most: allowance.connections)
        rate = allowance.rate.map { RateWindow($0) }
    }

    private var places: Int { pace.isReduced ? pace.limit : allowance.places }

    func isOpen(at now: Int64) -> Bool {
        guard placesTaken < places, rateOpening(after: now) == nil else { return false }
        guard let hold else { return true }
        return !hold.isProbed && hold.isOver(at: now)
    }

    /// When it opens by itself; nil where it is open, or opens when an attempt ends.
    func opening(after now: Int64) -> Int64? {
        [holdOpening(after: now), rateOpening(after: now)].compactMap(\.self).max()
    }

    private func holdOpening(after now: Int64) -> Int64? {
        guard let hold, !hold.isProbed, !hold.isOver(at: now) else { return nil }
        return hold.since + hold.pause
    }

    /// When its `rate_limit` lets the next message go; nil for now.
    func rateOpening(after now: Int64) -> Int64? { rate?.opening(after: now) }

    /// Why it is held, and until when; no moment where an attempt is finding out.
    func held(at now: Int64) -> (until: Int64?, reason: DeliveryFailure)? {
        hold.map { ($0.isProbed ? nil : max(now, $0.since + $0.pause), $0.failure) }
    }

    /// Lets one of the scheduler's attempts begin, or gives nil where it has to wait.
    mutating func admit(at now: Int64) -> Pass? {
        guard isOpen(at: now) else { return nil }
        placesTaken += 1
        rate?.take(at: now)
        return pass(isDirect: false, isProbe: hold != nil)
    }

    /// Lets an attempt begin that a caller waits for. Only refused logins, of which each makes things worse,
    /// and the account's rate hold it up; then the relay's refusal, or the rate, is thrown.
    mutating func admitCaller(at now: Int64) throws(DeliveryFailure) -> Pass {
        if let rate, rate.opening(after: now) != nil {
            throw DeliveryFailure(
                .transient, .message, .configuration, enhanced: EnhancedStatusCode(4, 4, 5),
                "account \(allowance.account) has sent as many messages as its rate_limit \(rate.limit) lets "
                    + "through; this one waits for its turn")
        }
        guard let hold, hold.failure.isRefusedLogin else {
            rate?.take(at: now)
            return pass(isDirect: true, isProbe: false)
        }
        if hold.isProbed || !hold.isOver(at: now) { throw hold.failure }
        rate?.take(at: now)
        return pass(isDirect: true, isProbe: true)
    }

    /// What an attempt showed, as soon as it did.
    mutating func learn(_ finding: Finding, from pass: Pass, at now: Int64) -> Change? {
        let before = pace.limit
        switch finding {
        case .nothing: return nil
        case .works:
            pace.success(pass.round)
            return release(after: pass)
        case .asksForLess(let failure, let slowDown):
            let isTooMuch = pace.slowDown(pass.round)
            if isTooMuch, slowDown == .certain { return keepOut(failure, pass, at: now) }
            let released = pass.isProbe ? release(after: pass) : nil
            return released ?? slowed(failure, since: before)
        case .fails(let failure):
            if failure.slowDown != nil { pace.slowDown(pass.round) }
            return keepOut(failure, pass, at: now) ?? slowed(failure, since: before)
        }
    }

    private mutating func release(after pass: Pass) -> Change? {
        // A session that was open before logins were refused can still work.
        guard let hold, pass.holds == holds || !hold.failure.isRefusedLogin else { return nil }
        self.hold = nil
        failures = 0
        return .released
    }

    private func slowed(_ failure: DeliveryFailure, since before: Int) -> Change? {
        pace.limit < before ? .slowed(failure, atATime: pace.limit) : nil
    }

    private mutating func keepOut(_ failure: DeliveryFailure, _ pass: Pass, at now: Int64) -> Change? {
        // An attempt beside the hold tells nothing new, unless that logins are refused.
        if let hold, !(pass.isProbe && pass.holds == holds),
            !failure.isRefusedLogin || hold.failure.isRefusedLogin
        {
            return nil
        }
        return .held(failure, milliseconds: close(failure, at: now))
    }

    /// The relay took a message.
    mutating func countSent() { sent += 1 }

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
        return Pass(isDirect: isDirect, isProbe: isProbe, holds: holds, round: pace.round)
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
        } else if let failure = failures.first(where: { $0.slowDown != nil }), let slowDown = failure.slowDown
        {
            // Some got through: it is not too much altogether.
            self = .asksForLess(failure, failures.count < results.count ? .likely : slowDown)
        } else if results.contains(where: { $0.failure == nil || $0.reply != nil }) {
            self = .works
        } else {
            self = .nothing
        }
    }
}
