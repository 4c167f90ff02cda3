// The section `daemon`: where mail comes in, where it waits, and how much of it. All defaults stand here.

/// A socket on which the daemon takes mail.
public struct Listener: Hashable, Sendable {
    public enum Service: String, Sendable {
        /// Messages from the shim, or raw.
        case submit
    }

    public let service: Service
    public let path: String
    /// Owner and group of the socket, as names or numbers; nil leaves the daemon's own.
    public internal(set) var user: String?
    public internal(set) var group: String?
    public internal(set) var mode: UInt32 = 0o660

    /// sun_path of unix(7) holds 108 bytes with the NUL that ends it.
    static let maximumPathLength = 107

    init(service: Service, path: String) {
        self.service = service
        self.path = path
    }
}

public struct DaemonSettings: Sendable {
    public enum Delivery: String, Sendable {
        /// Answer when the message is safely stored.
        case queue
        /// Answer with the relay's own verdict.
        case direct
    }

    /// The sockets to open where the service manager hands none over; never empty.
    public internal(set) var listeners: [Listener]
    /// Whether the file has `listen` lines, which mean nothing where the service manager hands sockets over.
    public internal(set) var hasOwnListeners = false
    public internal(set) var spoolDirectory: String
    public internal(set) var delivery = Delivery.queue
    /// After this time without work a socket-activated daemon ends; nil: it stays.
    public internal(set) var idleExit: Duration?
    /// Names or numbers. With both lists nil the socket's mode alone decides who may submit; with either,
    /// a submitter has to be in one of them.
    public internal(set) var allowedUsers: [String]?
    public internal(set) var allowedGroups: [String]?
    /// In bytes.
    public internal(set) var maximumMessageSize = 100 << 20
    public internal(set) var maximumRecipients = 1000
    /// The pauses between attempts; the last one is repeated. Never empty.
    public internal(set) var retryPlan: [Duration] = [60, 300, 900, 1800, 3600, 7200, 14_400].map {
        .seconds($0)
    }
    /// To one relay at a time.
    public internal(set) var maximumConnections = 4
    /// nil: `send` where there is no `dkim` section, else `defer`.
    public internal(set) var missingKeyPolicy: MissingKeyPolicy?

    /// All that was set, for the rendered view.
    var settings = Settings<DaemonKey>()

    public static let standardSocket = "/run/smarthost/submit.sock"

    init(stateDirectory: String) {
        listeners = [Listener(service: .submit, path: Self.standardSocket)]
        spoolDirectory = stateDirectory + "/spool"
    }
}

enum DaemonKey: String, SettingKey {
    case listen, spool, delivery, idleExit = "idle_exit"
    case allowUsers = "allow_users", allowGroups = "allow_groups"
    case maxMessageSize = "max_message_size", maxRecipients = "max_recipients"
    case retry, maxConnections = "max_connections", dkimMissing = "dkim_missing"

    var isRepeatable: Bool { self == .listen }

    var argument: ArgumentForm {
        switch self {
        case .listen: .listener
        case .spool: .path(mayBeEmpty: false)
        case .delivery: .keyword(["queue", "direct"], empty: nil)
        case .idleExit: .durationOrOff
        case .allowUsers, .allowGroups: .names
        case .maxMessageSize: .size
        case .maxRecipients: .number(1...1_000_000)
        case .retry: .durations
        case .maxConnections: .number(1...1000)
        case .dkimMissing: .keyword(["defer", "send", "reject"], empty: nil)
        }
    }
}

extension DaemonSettings {
    /// Listens where SMARTHOST_SOCKET says, the variable that names the socket to the shim.
    mutating func apply(socket path: String, reporting diagnostics: inout Diagnostics) {
        guard path.hasPrefix("/"), path.utf8.count <= Listener.maximumPathLength else {
            diagnostics.error(
                .environment, key: "SMARTHOST_SOCKET",
                "\"\(path)\" is not allowed; allowed: an absolute path of at most \(Listener.maximumPathLength) bytes"
            )
            return
        }
        listeners = [Listener(service: .submit, path: path)]
    }

    /// Takes over what the section sets; all of it was found good.
    mutating func apply(_ settings: Settings<DaemonKey>, reporting diagnostics: inout Diagnostics) {
        self.settings = settings
        applyListeners(settings.all(.listen), &diagnostics)
        spoolDirectory = settings.text(.spool) ?? spoolDirectory
        delivery = settings.text(.delivery).flatMap(Delivery.init) ?? delivery
        idleExit = settings.duration(.idleExit)
        allowedUsers = settings.words(.allowUsers)
        allowedGroups = settings.words(.allowGroups)
        maximumMessageSize = settings.number(.maxMessageSize) ?? maximumMessageSize
        maximumRecipients = settings.number(.maxRecipients) ?? maximumRecipients
        if case .durations(let plan) = settings[.retry]?.value { retryPlan = plan }
        maximumConnections = settings.number(.maxConnections) ?? maximumConnections
        missingKeyPolicy = settings.text(.dkimMissing).flatMap(MissingKeyPolicy.init)
    }

    private mutating func applyListeners(_ given: [Setting], _ diagnostics: inout Diagnostics) {
        var taken: [String: Origin] = [:]
        var result: [Listener] = []
        for setting in given {
            guard case .listener(let listener) = setting.value else { continue }
            if let first = taken[listener.path] {
                diagnostics.error(
                    setting.origin, key: "listen",
                    "\(listener.path) is listened on already (\(first)); give each socket once")
            }
            taken[listener.path] = setting.origin
            result.append(listener)
        }
        if !result.isEmpty {
            listeners = result
            hasOwnListeners = true
        }
    }
}
