// The rules of rotation, for all domains: who follows whom, which selectors are free, what to look up when.
// A value without I/O or clock; times are seconds since 1970. Throws RotationRefusal.
internal import DKIMCore

/// All successions that are known, in the order in which they were asked for.
public struct KeyRotation: Equatable, Sendable {
    public private(set) var successions: [KeySuccession]

    public init(_ successions: [KeySuccession] = []) { self.successions = successions }

    /// The successors of a configured key that have signed in its place, the one that does now last.
    func heirs(of selector: String, in domain: String) -> [KeySuccession] {
        var heirs: [KeySuccession] = []
        var last = selector
        // A file that somebody edited may run in a circle.
        while heirs.count < successions.count,
            // Two follow the same one where the first could not be read any more.
            let next = successions.last(where: {
                $0.domain == domain && $0.old == last && $0.phase != .waiting
            })
        {
            heirs.append(next)
            last = next.new
        }
        return heirs
    }

    /// Whether it follows one of the configured keys, at once or through others.
    func follows(_ succession: KeySuccession, _ configured: [String]) -> Bool {
        configured.contains { selector in
            succession.old == selector
                || heirs(of: selector, in: succession.domain).contains { $0.new == succession.old }
        }
    }

    /// Those that wait to follow one of the configured keys.
    func waiting(for domain: String, following configured: [String]) -> [KeySuccession] {
        successions.filter { $0.domain == domain && $0.phase == .waiting && follows($0, configured) }
    }

    // MARK: Asked for

    /// The selectors of the keys that are to follow; `requested`, else one made from the date (`s20261121`, a
    /// letter more where it is taken). The first key has it as it is, the others with their kind behind it.
    func selectors(
        for algorithms: [SignatureAlgorithm], in domain: String, requested: String?, date: String,
        taken others: [String]
    ) throws(RotationRefusal) -> [String] {
        let known = successions.filter { $0.domain == domain }.flatMap { [$0.old, $0.new] }
        let taken = Set((known + others).map { $0.lowercased() })
        let endings = requested == nil ? [""] + "bcdefghijklmnopqrstuvwxyz".map(String.init) : [""]
        let base = requested ?? "s\(date)"
        for ending in endings {
            let names = Self.names(algorithms, base + ending)
            if taken.isDisjoint(with: names.map { $0.lowercased() }) { return names }
        }
        throw RotationRefusal(
            .usage, "the selector \(base) of \(domain) has been used already; choose another with --selector")
    }

    private static func names(_ algorithms: [SignatureAlgorithm], _ base: String) -> [String] {
        var names: [String] = []
        for (index, algorithm) in algorithms.enumerated() {
            let name = index == 0 ? base : "\(base)-\(algorithm.keyType)"
            names.append(names.contains(name) ? "\(name)-\(index + 1)" : name)
        }
        return names
    }

    mutating func begin(_ new: [KeySuccession]) { successions += new }

    /// Forgets what still waits; gives it.
    mutating func cancel(_ domain: String) -> [KeySuccession] {
        let cancelled = successions.filter { $0.domain == domain && $0.phase == .waiting }
        successions.removeAll { cancelled.contains($0) }
        return cancelled
    }

    // MARK: Looked up

    /// The DNS is to be asked at once for all that it can tell something about.
    mutating func hurry(at now: Int64, domain: String? = nil) {
        for index in successions.indices where domain == nil || successions[index].domain == domain {
            successions[index].hurry(at: now)
        }
    }

    func due(at now: Int64) -> [KeySuccession] {
        successions.filter { $0.nextLook <= now && $0.question(at: now) != nil }
    }

    /// Nil where there is nothing to wait for.
    var nextLook: Int64? { successions.filter { $0.phase != .done }.map(\.nextLook).min() }

    /// Nil too where that succession is no more, or is further than it was when it was looked up.
    mutating func learn(
        _ finding: KeyFinding, about succession: KeySuccession, at now: Int64, lifetime: Int64
    ) -> KeySuccession.Change? {
        guard let index = index(of: succession) else { return nil }
        return successions[index].learn(finding, at: now, lifetime: lifetime)
    }

    /// What was learned could not be kept: it is learned again later.
    mutating func pause(_ succession: KeySuccession, at now: Int64) {
        if let index = index(of: succession) { successions[index].pause(at: now) }
    }

    /// Others may have looked at the same time: what matters is that it is in the same phase.
    private func index(of succession: KeySuccession) -> Int? {
        successions.firstIndex {
            $0.domain == succession.domain && $0.new == succession.new && $0.phase == succession.phase
        }
    }
}

/// Why a rotation is not begun or ended; one line for whoever asked.
public struct RotationRefusal: Error, Equatable, Sendable {
    public enum Kind: Sendable {
        /// What was asked for cannot be.
        case usage
        /// There is no such thing.
        case unknown
        /// The system failed.
        case system
    }

    public let kind: Kind
    public let text: String

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}
