// The settings of one section, each with where it stands, after their arguments were checked.

/// A key of one kind of section.
protocol SettingKey: RawRepresentable<String>, CaseIterable, Hashable, Sendable {
    /// What its argument must look like.
    var argument: ArgumentForm { get }
    /// Whether the same key may be given several times in a section, each time adding to it.
    var isRepeatable: Bool { get }
}

/// An argument that was found good.
enum Value: Equatable, Sendable {
    /// An empty argument where that takes the setting back.
    case unset
    case flag(Bool)
    case text(String)
    case number(Int)
    case secret(Secret)
    case duration(Duration)
    case durations([Duration])
    case rate(RateLimit)
    case phaseTimes([RelayPhase: Duration])
    case hosts([NamedHost])
    case words([String])
    case listener(Listener)
    case keySource(KeySource)
}

/// One of the names behind `host`.
struct NamedHost: Equatable, Sendable {
    let name: String
    let port: UInt16?
}

struct Setting: Equatable, Sendable {
    let value: Value
    /// The argument as written, for those who ask what is in force; `***` for a secret.
    let shown: String
    let origin: Origin
}

struct Settings<Key: SettingKey>: Equatable, Sendable {
    private var values: [Key: [Setting]] = [:]

    /// The setting in force: the last one given.
    subscript(key: Key) -> Setting? { values[key]?.last }

    func all(_ key: Key) -> [Setting] { values[key] ?? [] }

    mutating func set(_ key: Key, to setting: Setting) {
        if key.isRepeatable { values[key, default: []].append(setting) } else { values[key] = [setting] }
    }

    /// Takes over what the other has set.
    mutating func override(with other: Settings) {
        values.merge(other.values) { _, new in new }
    }

    func text(_ key: Key) -> String? {
        guard case .text(let text) = self[key]?.value else { return nil }
        return text
    }

    func flag(_ key: Key) -> Bool? {
        guard case .flag(let flag) = self[key]?.value else { return nil }
        return flag
    }

    func number(_ key: Key) -> Int? {
        guard case .number(let number) = self[key]?.value else { return nil }
        return number
    }

    func secret(_ key: Key) -> Secret? {
        guard case .secret(let secret) = self[key]?.value else { return nil }
        return secret
    }

    func duration(_ key: Key) -> Duration? {
        guard case .duration(let duration) = self[key]?.value else { return nil }
        return duration
    }

    func words(_ key: Key) -> [String]? {
        guard case .words(let words) = self[key]?.value else { return nil }
        return words
    }

    func keySource(_ key: Key) -> KeySource? {
        guard case .keySource(let source) = self[key]?.value else { return nil }
        return source
    }

    func rate(_ key: Key) -> RateLimit? {
        guard case .rate(let rate) = self[key]?.value else { return nil }
        return rate
    }

    func phaseTimes(_ key: Key) -> [RelayPhase: Duration] {
        guard case .phaseTimes(let times) = self[key]?.value else { return [:] }
        return times
    }

    func hosts(_ key: Key) -> [NamedHost] {
        guard case .hosts(let hosts) = self[key]?.value else { return [] }
        return hosts
    }

    func isUnset(_ key: Key) -> Bool { self[key]?.value == .unset }
}
