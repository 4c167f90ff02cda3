// What the log says: one line for each message and each outcome, as a value. Programs decide where it
// goes (standard error, the journal); modules only say it.

/// How serious a log line is, with the numbers of syslog(3).
public enum LogPriority: Int, Sendable, Comparable {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
    case debug = 7

    public static func < (left: LogPriority, right: LogPriority) -> Bool { left.rawValue < right.rawValue }
}

/// One line: what happened, and to what, as names and values one can search for.
public struct LogEvent: Sendable {
    public let priority: LogPriority
    /// What happened, in a few words: `accepted`, `delivered`, `deferred`.
    public let what: String
    public let fields: [(name: String, value: String)]

    public init(_ priority: LogPriority, _ what: String, _ fields: [(name: String, value: String?)] = []) {
        self.priority = priority
        self.what = what
        self.fields = fields.compactMap { field in field.value.map { (field.name, $0) } }
    }

    /// `accepted: id=… from=<…> size=…`, values in quotes where they need them, without control characters.
    public var line: String {
        if fields.isEmpty { return Self.printable(what) }
        return Self.printable(what) + ": "
            + fields.map { "\($0.name)=\(Self.quoted($0.value))" }.joined(separator: " ")
    }

    private static func quoted(_ value: String) -> String {
        let value = printable(value)
        let isWord =
            !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
        if isWord { return value }
        return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "'")
            + "\""
    }

    /// What comes from outside must not end the line or steer a terminal.
    private static func printable(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            result.append(isControl || [0x2028, 0x2029].contains(scalar.value) ? " " : scalar)
        }
        return String(result)
    }
}

/// Where log events go. It must not block for long: it is called on the loop.
public typealias LogSink = @Sendable (LogEvent) -> Void
