// A service's SRV records (RFC 2782), from the system's name servers or from one that is named. It blocks, 20
// seconds at most, so a running daemon does it on a worker. Whatever a server answers becomes a value.

/// Where a service is offered.
public struct ServiceRecord: Hashable, Sendable {
    public let priority: UInt16
    public let weight: UInt16
    public let port: UInt16
    /// The host's name, without a dot at its end.
    public let target: String

    public init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// What DNS says of a service.
public enum ServiceRecordAnswer: Hashable, Sendable {
    /// The best first: by priority, then the greater weight. Never empty.
    case found([ServiceRecord])
    /// It is said that there is no such service: the one record's target is the root (RFC 2782).
    case notOffered
    /// There are no records.
    case none
    /// No server could tell; asking again may help.
    case failure(TextRecordFailure)
}

/// Looks up a service such as `_submissions._tcp.example.org`. Without `server` those of resolv.conf(5) are
/// asked.
public func lookUpServices(_ name: String, server: DNSServer? = nil) -> ServiceRecordAnswer {
    guard let asked = DNSName(name) else { return .none }
    let exchange = server.map { DNSExchange(servers: [$0]) } ?? .system()
    return ServiceRecordSearch(ask: exchange.ask).answer(for: asked)
}

/// The way from a name over its aliases to its SRV records.
struct ServiceRecordSearch {
    let ask: (DNSName, DNSMessage.RecordType) -> Result<DNSMessage, TextRecordFailure>
    /// As many as the usual resolvers follow.
    private static let maximumAliases = 10

    func answer(for name: DNSName) -> ServiceRecordAnswer {
        var next = name
        for _ in 0...Self.maximumAliases {
            let message: DNSMessage
            switch ask(next, .service) {
            case .failure(let failure): return .failure(failure)
            case .success(let answer): message = answer
            }
            let end = Self.end(of: next, in: message)
            let records = message.services(of: end)
            if !records.isEmpty { return Self.answer(records) }
            if end == next || message.code == .noSuchName { return .none }
            next = end
        }
        return .none
    }

    /// Where the answer's aliases lead, or where one turns in a circle.
    private static func end(of name: DNSName, in message: DNSMessage) -> DNSName {
        var end = name
        for _ in 0..<maximumAliases {
            guard let next = message.alias(of: end) else { return end }
            end = next
        }
        return end
    }

    private static func answer(_ records: [ServiceRecord]) -> ServiceRecordAnswer {
        let offered = records.filter { $0.target != "." }
        if offered.isEmpty { return .notOffered }
        // RFC 2782 lets chance choose by weight; who sets something up wants the same answer twice.
        return .found(
            offered.sorted {
                ($0.priority, $1.weight, $0.target, $0.port) < ($1.priority, $0.weight, $1.target, $1.port)
            })
    }
}
