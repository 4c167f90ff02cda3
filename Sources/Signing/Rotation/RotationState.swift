// The state file's text: a line for each succession, `name=value` pairs, what the DNS said last at the end.
// Never throws: a line that cannot be read is kept as it is and reported.
internal import DKIMCore

/// What the state file holds.
struct RotationState: Equatable, Sendable {
    var rotation = KeyRotation()
    /// Lines that could not be read, with their numbers in the file as it was read.
    private(set) var damaged: [Damaged] = []

    struct Damaged: Equatable, Sendable {
        let number: Int
        let line: String

        /// Whose keys it was about. A name that comes twice is none, nor one at the end of the line, which may
        /// have been cut off there.
        var domain: String? {
            let words = line.prefix(before: " found=").split(separator: " ", omittingEmptySubsequences: false)
            let names = words.enumerated().filter { $0.element.hasPrefix("domain=") }
            guard names.count == 1, let (index, word) = names.first, index + 1 < words.count else {
                return nil
            }
            return KeySuccession.name(word.dropFirst("domain=".count))?.lowercased()
        }
    }

    private static let heading = """
        # The keys that smarthostd has made and is changing to. It writes this file anew with each change.

        """

    init() {}

    init(parsing text: String) {
        var successions: [KeySuccession] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            if let succession = KeySuccession(stateLine: line) {
                successions.append(succession)
            } else {
                damaged.append(Damaged(number: index + 1, line: String(line)))
            }
        }
        rotation = KeyRotation(successions)
    }

    mutating func dropDamaged(of domain: String) { damaged.removeAll { $0.domain == domain } }

    var text: String {
        let lines = rotation.successions.map(\.stateLine) + damaged.map(\.line)
        return Self.heading + lines.map { $0 + "\n" }.joined()
    }
}

extension String {
    fileprivate func prefix(before mark: String) -> Substring {
        split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false).first ?? self[...]
    }
}

extension KeySuccession {
    fileprivate var stateLine: String {
        var line = "domain=\(domain) algorithm=\(algorithm.rawValue) old=\(old) new=\(new) asked=\(asked)"
        switch phase {
        case .waiting: line += " phase=waiting"
        case .retiring(let since, let end): line += " phase=retiring since=\(since) end=\(end)"
        case .done: line += " phase=done"
        }
        if let lastLook { line += " looked=\(lastLook.moment) found=\(lastLook.finding.stateText)" }
        return line
    }

    fileprivate init?(stateLine line: Substring) {
        let halves = line.split(separator: " found=", maxSplits: 1)
        var values: [Substring: Substring] = [:]
        for word in halves[0].split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, values.updateValue(parts[1], forKey: parts[0]) == nil else { return nil }
        }
        guard let domain = Self.name(values["domain"]), let old = Self.name(values["old"]),
            let new = Self.name(values["new"]), let asked = Self.time(values["asked"]),
            let algorithm = values["algorithm"].flatMap({ SignatureAlgorithm(rawValue: String($0)) }),
            let phase = Phase(values)
        else { return nil }
        self.init(domain, algorithm, from: old, to: new, asked: asked)
        self.phase = phase
        if let moment = Self.time(values["looked"]), halves.count == 2,
            let finding = KeyFinding(stateText: halves[1])
        {
            lastLook = Look(moment: moment, finding: finding)
        }
    }

    /// The names become part of a file's name.
    fileprivate static func name(_ text: Substring?) -> String? {
        guard let text, text.utf8.count <= 253, text.first != ".",
            text.unicodeScalars.allSatisfy({
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0))
            })
        else { return nil }
        return String(text)
    }

    /// Seconds since 1970; a number that no clock shows could overflow in what is added to it.
    fileprivate static func time(_ text: Substring?) -> Int64? {
        text.flatMap { Int64($0) }.flatMap { (0..<1 << 40).contains($0) ? $0 : nil }
    }
}

extension KeySuccession.Phase {
    fileprivate init?(_ values: [Substring: Substring]) {
        switch values["phase"] {
        case "waiting": self = .waiting
        case "done": self = .done
        case "retiring":
            guard let since = KeySuccession.time(values["since"]), let end = KeySuccession.time(values["end"])
            else { return nil }
            self = .retiring(since: since, end: end)
        default: return nil
        }
    }
}
