// The state of all rotations together with the keys that belong to them, and what that makes of the
// configured keys. Reading blocks. What cannot be read is told; where it leaves open which key signs, as a
// configured one may be withdrawn, mail waits.
internal import DKIMCore
internal import LinuxIO

/// The keys that the daemon has made.
public struct RotatedKeys: Sendable {
    var state = RotationState()
    /// Why nothing is known of any key, with what to do; nothing may be written over the state then.
    private(set) var unreadable: String?
    private var statePath = ""
    /// The new keys that could be read, by domain and selector.
    private(set) var keys: [KeyName: SigningKey] = [:]

    struct KeyName: Hashable, Sendable {
        let domain: String
        let selector: String
    }

    init() {}

    init(unreadable reason: String) {
        unreadable = "\(reason), so it is not known which keys sign; mend that and start smarthostd again"
    }

    /// `report` is told of each thing that cannot be used, in a line. Throws where the state as a whole
    /// cannot be read.
    init(from store: KeyStore, report: (String) -> Void) throws(SystemError) {
        statePath = store.statePath
        state = try store.load()
        for damaged in state.damaged {
            let line = "\(statePath):\(damaged.number): this line cannot be read"
            guard let domain = damaged.domain else {
                self = RotatedKeys(unreadable: "\(line), nor which domain it is about")
                return
            }
            report("\(line), \(Self.consequence(ofDamageTo: domain))")
        }
        for succession in state.rotation.successions where isNeeded(succession) {
            do throws(KeyProblem) {
                keep(try store.key(succession.domain, succession.new), for: succession)
            } catch {
                report("\(error); \(Self.consequence(of: succession))")
            }
        }
    }

    /// Why it is not known which keys of a domain sign.
    func obstacle(for domain: String) -> String? {
        if let unreadable { return unreadable }
        guard state.damaged.contains(where: { $0.domain == domain }) else { return nil }
        return "a line of \(statePath) cannot be read, \(Self.consequence(ofDamageTo: domain))"
    }

    private static func consequence(ofDamageTo domain: String) -> String {
        "so it is not known which key of \(domain) signs; stop smarthostd, mend the line and start it again, or, "
            + "if the configured key is still published, drop the line: smarthostctl dkim rotate \(domain) --cancel"
    }

    /// What an unreadable key leads to.
    private static func consequence(of succession: KeySuccession) -> String {
        guard succession.phase == .done else { return "the key before it goes on" }
        return "the key before it, \(succession.old), is withdrawn and does not sign; put the file back, or "
            + "configure a new key"
    }

    /// A key whose own successor is done was deleted.
    private func isNeeded(_ succession: KeySuccession) -> Bool {
        !state.rotation.successions.contains {
            $0.domain == succession.domain && $0.old == succession.new && $0.phase == .done
        }
    }

    func key(of succession: KeySuccession) -> SigningKey? {
        keys[KeyName(domain: succession.domain, selector: succession.new)]
    }

    mutating func keep(_ key: SigningKey, for succession: KeySuccession) {
        keys[KeyName(domain: succession.domain, selector: succession.new)] = key
    }

    mutating func drop(_ selector: String, of domain: String) {
        keys[KeyName(domain: domain, selector: selector)] = nil
    }

    /// The configured keys, each replaced by the last of its successors that signs. A section may be left
    /// without any, and is where it is not known which sign.
    func ring(from configured: KeyRing) -> KeyRing {
        var ring = configured
        for (place, section) in configured.sections {
            let obstacle = obstacle(for: section.domain)
            ring.sections[place]?.obstacle = obstacle
            let keys = obstacle == nil ? section.keys.compactMap { heir(of: $0, in: section.domain) } : []
            // A successor that was put into the configuration meanwhile is there once.
            var selectors: Set<String> = []
            ring.sections[place]?.keys = keys.filter { selectors.insert($0.signer.selector).inserted }
        }
        return ring
    }

    /// The last successor that can be read, else the key itself; nil where that one is withdrawn, so that
    /// nobody would believe what it signs.
    private func heir(of held: HeldKey, in domain: String) -> HeldKey? {
        for heir in state.rotation.heirs(of: held.signer.selector, in: domain).reversed() {
            if let key = key(of: heir), let next = held.succeeded(by: key, selector: heir.new) { return next }
            if heir.phase == .done { return nil }
        }
        return held
    }
}

extension KeyRing {
    /// These keys as a running daemon uses them, after the rotations in its store. `report` is told what
    /// cannot be read.
    public func rotated(by store: KeyStore, report: (String) -> Void) -> KeyRing {
        do throws(SystemError) {
            let rotated = try RotatedKeys(from: store, report: report)
            if let unreadable = rotated.unreadable { report(unreadable) }
            return rotated.ring(from: self)
        } catch {
            report("\(error); keys that smarthostd may have made are not used")
            return self
        }
    }

    /// The keys that sign for a domain in A-labels, each selector once.
    func keys(of domain: String) -> [HeldKey] {
        var selectors: Set<String> = []
        return sections.sorted { $0.key < $1.key }.filter { $0.value.domain == domain }.flatMap(\.value.keys)
            .filter { selectors.insert($0.signer.selector).inserted }
    }

    /// In A-labels, sorted.
    var domains: [String] { Set(sections.values.map(\.domain)).sorted() }

    /// In seconds, from signing until nobody verifies the message any more: the longest of the domain's
    /// lifetimes (x=), two weeks where signatures never expire.
    func verifiableTime(of domain: String) -> Int64 {
        let twoWeeks: Int64 = 14 * 86_400
        return keys(of: domain).map { $0.signer.policy.lifetime ?? twoWeeks }.max() ?? twoWeeks
    }
}
