// What is wrong with a configuration, each as one line that says where, what and what is allowed.
// ConfigurationError carries all of a file's errors at once, so that one run mends them all.

/// Where a setting comes from.
public enum Origin: Hashable, Sendable, CustomStringConvertible {
    case line(file: String, number: Int)
    case file(String)
    case environment
    case builtIn

    public var description: String {
        switch self {
        case .line(let file, let number): "\(file):\(number)"
        case .file(let file): file
        case .environment: "environment"
        case .builtIn: "default"
        }
    }
}

/// One finding, an error that refuses the configuration or a warning that does not.
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    public enum Severity: Sendable { case error, warning }

    public let severity: Severity
    public let origin: Origin
    /// The key it is about, where it is about one.
    public let key: String?
    /// What is wrong and what is allowed; never a secret.
    public let text: String

    public init(_ severity: Severity, at origin: Origin, key: String? = nil, _ text: String) {
        self.severity = severity
        self.origin = origin
        self.key = key
        self.text = text
    }

    /// `/etc/msmtprc:12: tls_starttsl: unknown key; did you mean tls_starttls?`
    public var description: String {
        let mark = severity == .warning ? "warning" : nil
        return [origin.description, mark, key, text].compactMap(\.self).joined(separator: ": ")
    }
}

/// A configuration that is refused: every error found in it, and the warnings beside them.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    public let errors: [Diagnostic]
    public let warnings: [Diagnostic]

    public init(errors: [Diagnostic], warnings: [Diagnostic] = []) {
        self.errors = errors
        self.warnings = warnings
    }

    /// The errors, a line each.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Findings in the order in which they were made, each once: accounts inherit each other's settings, and
/// with them their mistakes.
struct Diagnostics {
    private(set) var all: [Diagnostic] = []
    private var seen: Set<Diagnostic> = []

    mutating func error(_ origin: Origin, key: String? = nil, _ text: String) {
        add(Diagnostic(.error, at: origin, key: key, text))
    }

    mutating func warning(_ origin: Origin, key: String? = nil, _ text: String) {
        add(Diagnostic(.warning, at: origin, key: key, text))
    }

    mutating func add(_ diagnostic: Diagnostic) {
        if seen.insert(diagnostic).inserted { all.append(diagnostic) }
    }

    var errors: [Diagnostic] { all.filter { $0.severity == .error } }
    var warnings: [Diagnostic] { all.filter { $0.severity == .warning } }
}
