// One key on its way to replace another: made, waiting for the DNS, signing, and the old one out of use. A
// value; what the DNS says goes in, what changed comes out. Times are seconds since 1970.
public import DKIMCore

/// A new key and the one in whose place it signs.
public struct KeySuccession: Equatable, Sendable {
    public enum Phase: Equatable, Sendable {
        /// The old key signs until the DNS shows the new one. Goes to `retiring`, or is cancelled.
        case waiting
        /// The new key signs. The old one stays published until `end`, for the mail that it signed. Goes to
        /// `done` when it is withdrawn after that.
        case retiring(since: Int64, end: Int64)
        /// The old key is of no more use.
        case done
    }

    public struct Look: Equatable, Sendable {
        public let moment: Int64
        public let finding: KeyFinding
    }

    /// What a look at the DNS led to.
    public enum Change: Equatable, Sendable {
        /// From now on the new key signs.
        case switched
        /// The old key's private half may be deleted.
        case done
        /// Nothing but that the DNS says something else than before.
        case news
    }

    /// In A-labels.
    public let domain: String
    public let algorithm: SignatureAlgorithm
    /// Selectors.
    public let old: String
    public let new: String
    public let asked: Int64
    public internal(set) var phase = Phase.waiting
    public internal(set) var lastLook: Look?
    /// When the DNS is asked again.
    public private(set) var nextLook: Int64
    /// Looks at the DNS since the pace began.
    private var looks = 0

    /// In seconds: the pause after a first look, which doubles with each, and the longest.
    static let firstPause: Int64 = 60
    static let longestPause: Int64 = 1800

    init(_ domain: String, _ algorithm: SignatureAlgorithm, from old: String, to new: String, asked: Int64) {
        self.domain = domain
        self.algorithm = algorithm
        self.old = old
        self.new = new
        self.asked = asked
        // Whoever asked has not published it yet.
        nextLook = asked + Self.firstPause
    }

    /// The selector whose record is looked up; nil where nothing is to be seen now.
    func question(at now: Int64) -> String? {
        switch phase {
        case .waiting: new
        case .retiring(_, let end): now >= end ? old : nil
        case .done: nil
        }
    }

    /// Looks at once, and often again: at the start, and when somebody asks.
    mutating func hurry(at now: Int64) {
        guard question(at: now) != nil else {
            if case .retiring(_, let end) = phase { nextLook = end }
            return
        }
        nextLook = now
        looks = 0
    }

    /// Waits for the next look although nothing was learned.
    mutating func pause(at now: Int64) {
        let doublings = min(looks, 10)
        nextLook = now + min(Self.firstPause << Int64(doublings), Self.longestPause)
        looks += 1
    }

    /// Takes the answer to the question. `lifetime` is how many seconds after its signing a message may
    /// still be verified.
    mutating func learn(_ finding: KeyFinding, at now: Int64, lifetime: Int64) -> Change? {
        let isNews = lastLook?.finding != finding
        lastLook = Look(moment: now, finding: finding)
        pause(at: now)
        switch phase {
        case .waiting where finding == .published:
            // A clock that was set back must not make the old key's time shorter.
            let since = max(now, asked)
            phase = .retiring(since: since, end: since + lifetime)
            nextLook = since + lifetime
            looks = 0
            lastLook = nil
            return .switched
        case .retiring(_, let end) where now >= end && finding.isWithdrawn:
            phase = .done
            return .done
        default: return isNews ? .news : nil
        }
    }
}
