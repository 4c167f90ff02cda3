// Carries out rotations: makes keys, keeps the state on the disk, asks the DNS at its pace, and changes the
// keys in force. Each change is on the disk before it counts. Throws RotationRefusal.
public import DKIMCore
internal import IDNA
public import LinuxIO
public import MailLog

/// The daemon's rotation of keys.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class KeyRotator: @unchecked Sendable {
    let configured: KeyRing
    private let keys: SigningKeys
    private let store: KeyStore
    private let surroundings: Surroundings

    var rotated = RotatedKeys()
    private let turns = Turns()
    /// The threads on which the DNS is asked are few, and not for this alone.
    private let lookUps = Turns(atOnce: 2)
    /// Rung when there may be something to look up earlier than was thought.
    private let alarm: Alarm
    private var isStopping = false

    /// The wall clock can be set: no sleep until a moment on it is longer than this, in seconds.
    private static let longestSleep: Int64 = 1800

    /// Reads what was made before, and puts the keys in force that follow from it. It blocks. `keys` holds
    /// the configured ones.
    public init(_ keys: SigningKeys, store: KeyStore, _ surroundings: Surroundings) {
        configured = keys.ring
        self.keys = keys
        self.store = store
        self.surroundings = surroundings
        alarm = Alarm(on: surroundings.loop)
        do throws(SystemError) {
            rotated = try RotatedKeys(from: store) { [log = surroundings.log] in
                log(LogEvent(.error, "rotated key", [("reason", $0)]))
            }
        } catch {
            rotated = RotatedKeys(unreadable: "the state of the rotations cannot be read: \(error)")
        }
        if let unreadable = rotated.unreadable { log(.error, "signed mail waits", reason: unreadable) }
        rotated.state.rotation.hurry(at: surroundings.now())
        reportLeftOver()
        keys.ring = rotated.ring(from: configured)
    }

    /// Looks at the DNS when it is time to, until `finish`.
    public func run() async {
        while !isStopping {
            await lookUp(rotated.state.rotation.due(at: surroundings.now()))
            let pause = rotated.state.rotation.nextLook.map { $0 - surroundings.now() }
            let limited = pause.map { min(max($0, 1), Self.longestSleep) }
            await alarm.sleep(until: limited.map { .after(.seconds($0)) } ?? .never)
        }
    }

    public func finish() {
        isStopping = true
        alarm.ring()
    }

    // MARK: Asked for

    /// Makes the keys that are to follow those of a domain, unless some wait already; gives the records to
    /// publish.
    public func rotate(_ name: String, selector: String?) async throws(RotationRefusal) -> String {
        let domain = try readable(name)
        await turns.take()
        defer { turns.give() }
        if let obstacle = rotated.obstacle(for: domain) { throw RotationRefusal(.system, obstacle) }
        let current = keys.ring.keys(of: domain)
        guard !current.isEmpty else { throw unknown(domain) }
        if report.waiting(for: domain).isEmpty {
            var taken: [String] = []
            while let name = try await begin(try successors(of: current, in: domain, selector, not: taken)) {
                taken.append(name)
            }
        }
        return try report.records(of: domain)
    }

    /// Drops the keys that wait, and what was written down of the domain's keys and cannot be read.
    public func cancel(_ name: String) async throws(RotationRefusal) -> String {
        let domain = try readable(name)
        await turns.take()
        defer { turns.give() }
        var next = rotated
        let cancelled = next.state.rotation.cancel(domain)
        let wasDamaged = next.obstacle(for: domain) != nil
        next.state.dropDamaged(of: domain)
        guard !cancelled.isEmpty || wasDamaged else {
            throw RotationRefusal(.unknown, "no key of \(domain) waits for the DNS; nothing was changed")
        }
        guard await keep(next) else { throw unwritten }
        for succession in cancelled {
            log(.notice, "key rotation cancelled", succession)
            await forget(succession.new, of: domain)
        }
        guard wasDamaged else { return report.cancelled(cancelled) }
        keys.ring = rotated.ring(from: configured)
        log(.notice, "unreadable key rotation dropped", domain: domain)
        return report.cancelled(cancelled) + report.mended(domain)
    }

    /// Looks at the DNS, and tells how it is with the keys of a domain, or of all.
    public func status(of name: String?) async throws(RotationRefusal) -> String {
        if let unreadable = rotated.unreadable { throw RotationRefusal(.system, unreadable) }
        let domain = try name.map { name throws(RotationRefusal) in try readable(name) }
        let now = surroundings.now()
        rotated.state.rotation.hurry(at: now, domain: domain)
        await lookUp(rotated.state.rotation.due(at: now).filter { domain == nil || $0.domain == domain })
        let state = rotated.state
        let known = Set(
            configured.domains + state.rotation.successions.map(\.domain) + state.damaged.compactMap(\.domain)
        )
        if let domain, !known.contains(domain) { throw unknown(domain) }
        return report.status(of: domain.map { [$0] } ?? known.sorted())
    }

    private var report: RotationReport {
        RotationReport(
            rotated: rotated, configured: configured, folder: store.folder, now: surroundings.now(),
            format: surroundings.format)
    }

    /// The domain in A-labels.
    private func readable(_ name: String) throws(RotationRefusal) -> String {
        if let unreadable = rotated.unreadable { throw RotationRefusal(.system, unreadable) }
        do throws(InvalidDomainName) { return try InternationalDomain.ascii(name) } catch {
            throw RotationRefusal(.usage, "that is not a domain name: \(error)")
        }
    }

    private func unknown(_ domain: String) -> RotationRefusal {
        let known = configured.domains.joined(separator: ", ")
        return RotationRefusal(
            .unknown,
            "the daemon has no key for \(domain); "
                + (known.isEmpty ? "it has none at all" : "it has keys for: \(known)"))
    }

    private var unwritten: RotationRefusal {
        RotationRefusal(.system, "the state of the rotations cannot be written; the daemon's log says why")
    }

    // MARK: New keys

    private func successors(
        of current: [HeldKey], in domain: String, _ requested: String?, not taken: [String]
    ) throws(RotationRefusal) -> [(KeySuccession, bits: Int)] {
        let now = surroundings.now()
        let selectors = try rotated.state.rotation.selectors(
            for: current.map(\.signer.algorithm), in: domain, requested: requested,
            date: surroundings.date(now),
            taken: configured.keys(of: domain).map(\.signer.selector) + taken)
        return zip(current, selectors).map { key, selector in
            let succession = KeySuccession(
                domain, key.signer.algorithm, from: key.signer.selector, to: selector, asked: now)
            // RFC 8301 3.2: signers should use 2048 bits and more.
            return (succession, max(key.bits, 2048))
        }
    }

    /// Gives a selector that cannot be had because there is a file of its name; nil where all have begun.
    private func begin(
        _ orders: [(KeySuccession, bits: Int)]
    ) async throws(RotationRefusal) -> String? {
        var next = rotated
        var made: [KeySuccession] = []
        do throws(RotationRefusal) {
            for (succession, bits) in orders {
                guard let key = try await makeKey(for: succession, bits: bits) else {
                    await forget(made)
                    return succession.new
                }
                made.append(succession)
                next.keep(key, for: succession)
            }
            next.state.rotation.begin(orders.map(\.0))
            guard await keep(next) else { throw unwritten }
        } catch {
            await forget(made)
            throw error
        }
        for (succession, _) in orders { log(.notice, "key rotation begun", succession) }
        alarm.ring()
        return nil
    }

    /// Nil where there is a file of that name.
    private func makeKey(
        for succession: KeySuccession, bits: Int
    ) async throws(RotationRefusal) -> SigningKey? {
        try await surroundings.workers.run { [store] () throws(RotationRefusal) in
            let key = try Self.newKey(for: succession, bits)
            do throws(KeyProblem) {
                return try store.write(key, succession.domain, succession.new) ? key : nil
            } catch {
                throw RotationRefusal(.system, error.description)
            }
        }
    }

    /// The names are checked before a file named after them is written.
    private static func newKey(
        for succession: KeySuccession, _ bits: Int
    ) throws(RotationRefusal) -> SigningKey {
        do throws(DKIMError) {
            let key = try SigningKey.generate(succession.algorithm, bits: bits)
            let signer = try Signer(domain: succession.domain, selector: succession.new, key: key)
            guard signer.keyName.utf8.count <= 253 else { throw .invalidSelector(succession.new) }
            return key
        } catch {
            throw RotationRefusal(.usage, "\(error)")
        }
    }

    private func forget(_ successions: [KeySuccession]) async {
        for succession in successions { await forget(succession.new, of: succession.domain) }
    }

    /// Deletes a key that nothing needs any more, unless the configuration has come to name it.
    private func forget(_ selector: String, of domain: String) async {
        guard !configured.keys(of: domain).contains(where: { $0.signer.selector == selector }) else { return }
        rotated.drop(selector, of: domain)
        do throws(SystemError) {
            try await surroundings.workers.run { [store] () throws(SystemError) in
                try store.removeKey(domain, selector)
            }
        } catch {
            if !error.isNotFound { log(.warning, "key not deleted", reason: error.description) }
        }
    }

    // MARK: What the DNS says

    /// Two at the same time: each may take the resolver its while.
    private func lookUp(_ due: [KeySuccession]) async {
        let looks = due.map { succession in surroundings.loop.spawn { await self.lookUp(succession) } }
        for look in looks { await look.value }
    }

    private func lookUp(_ succession: KeySuccession) async {
        guard let selector = succession.question(at: surroundings.now()) else { return }
        guard succession.phase != .waiting || expected(of: succession) != nil && follows(succession) else {
            return rotated.state.rotation.pause(succession, at: surroundings.now())
        }
        let name = KeyRecord.name(selector: selector, domain: succession.domain)
        await lookUps.take()
        let answer = await surroundings.patient.run { [lookUp = surroundings.lookUp] in lookUp(name) }
        lookUps.give()
        await turns.take()
        defer { turns.give() }
        // The selector may have gone to another key meanwhile. A retired key only has to be gone.
        let expected = succession.phase == .waiting ? expected(of: succession) : nil
        await learn(KeyFinding(answer, expecting: expected), about: succession)
    }

    /// Nil where the key cannot be read.
    private func expected(of succession: KeySuccession) -> ExpectedKey? {
        let domain = succession.domain
        let identities = configured.sections.values.filter { $0.domain == domain }
            .flatMap(\.keys).compactMap(\.signer.policy.identity)
        return rotated.key(of: succession).flatMap { try? KeyRecord(for: $0) }
            .map { ExpectedKey(record: $0, domain: domain, identities: Set(identities).sorted()) }
    }

    private func learn(_ finding: KeyFinding, about succession: KeySuccession) async {
        let now = surroundings.now()
        var next = rotated
        let change = next.state.rotation.learn(
            finding, about: succession, at: now,
            lifetime: configured.verifiableTime(of: succession.domain))
        guard let change else { return rotated = next }
        guard await keep(next) else { return rotated.state.rotation.pause(succession, at: now) }
        switch change {
        case .switched:
            keys.ring = rotated.ring(from: configured)
            log(.notice, "signing with a new key", succession)
        case .news: log(.info, "key rotation waits", succession, reason: finding.description)
        case .done:
            log(.notice, "key rotation done", succession)
            await forgetPredecessor(of: succession)
        }
    }

    /// A configured key stays where it is; one that was made here is deleted.
    private func forgetPredecessor(of succession: KeySuccession) async {
        let isOwn = rotated.state.rotation.successions.contains {
            $0.domain == succession.domain && $0.new == succession.old
        }
        if isOwn { await forget(succession.old, of: succession.domain) }
    }

    /// Writes the state, and only then makes it the one that counts; false where the disk does not take it.
    private func keep(_ next: RotatedKeys) async -> Bool {
        do throws(SystemError) {
            try await surroundings.workers.run { [store, state = next.state] () throws(SystemError) in
                try store.save(state)
            }
            rotated = next
            return true
        } catch {
            log(.error, "key rotation not written down", reason: error.description)
            return false
        }
    }

    // MARK: The log

    private func log(
        _ priority: LogPriority, _ what: String, _ succession: KeySuccession? = nil, domain: String? = nil,
        reason: String? = nil
    ) {
        surroundings.log(
            LogEvent(
                priority, what,
                [
                    ("domain", succession?.domain ?? domain), ("selector", succession?.new),
                    ("old", succession?.old),
                    ("reason", reason),
                ]))
    }

    /// Rotations that the configuration has left behind, since their keys follow none of its keys any more.
    private func reportLeftOver() {
        for succession in rotated.state.rotation.successions
        where succession.phase == .waiting && !follows(succession) {
            log(
                .notice, "key rotation left alone", succession,
                reason: "the configuration has no key \(succession.old) for \(succession.domain) any more")
        }
    }

    private func follows(_ succession: KeySuccession) -> Bool {
        rotated.state.rotation.follows(
            succession, configured.keys(of: succession.domain).map(\.signer.selector))
    }
}

extension KeyRotator {
    /// The outside world of rotation.
    public struct Surroundings: Sendable {
        public var loop: EventLoop
        /// For files and the making of keys.
        public var workers: WorkerPool
        /// For look-ups, which may take minutes.
        public var patient: WorkerPool
        /// Seconds since 1970.
        public var now: @Sendable () -> Int64
        /// A moment in seconds since 1970 as people here read it, and its day as `20261121`.
        public var format: @Sendable (Int64) -> String
        public var date: @Sendable (Int64) -> String
        /// The TXT records of a name. It blocks.
        public var lookUp: @Sendable (_ name: String) -> KeyAnswer
        public var log: LogSink

        public init(
            loop: EventLoop, workers: WorkerPool, patient: WorkerPool, now: @escaping @Sendable () -> Int64,
            format: @escaping @Sendable (Int64) -> String, date: @escaping @Sendable (Int64) -> String,
            lookUp: @escaping @Sendable (_ name: String) -> KeyAnswer, log: @escaping LogSink
        ) {
            self.loop = loop
            self.workers = workers
            self.patient = patient
            self.now = now
            self.format = format
            self.date = date
            self.lookUp = lookUp
            self.log = log
        }
    }
}
