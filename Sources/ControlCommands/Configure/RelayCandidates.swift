// Which hosts may be an address's relay, the likeliest first: those that the DNS names (RFC 6186, RFC 8314 5.1),
// or, where it names none, those that providers usually have.
internal import LinuxIO

/// A host that may be the relay.
struct RelayCandidate: Equatable {
    let host: String
    let port: UInt16
    /// TLS from the first byte, else STARTTLS.
    let isImplicit: Bool

    var place: String { "\(host):\(port)" }

    /// Whether the host is the domain's own: a name in another one may be an attacker's (RFC 6186 6).
    func isWithin(_ domain: String) -> Bool {
        let host = host.lowercased()
        let domain = domain.lowercased()
        return host == domain || host.hasSuffix(".\(domain)")
    }
}

/// What the DNS says of a domain's relays.
enum RelaySearch: Equatable {
    case found([RelayCandidate])
    /// The domain says that it offers no submission of mail.
    case notOffered
    /// It says nothing.
    case none

    /// Looks both services up, the one with TLS from the first byte before the other (RFC 8314 3). Throws
    /// CommandFailure where no name server can tell: a guess would be what an attacker wants.
    init(
        _ domain: String, _ lookUp: (_ name: String) -> ServiceRecordAnswer
    ) throws(CommandFailure) {
        var candidates: [RelayCandidate] = []
        var refusals = 0
        for (service, isImplicit) in [("_submissions", true), ("_submission", false)] {
            let name = "\(service)._tcp.\(domain)"
            switch lookUp(name) {
            case .found(let records):
                candidates += records.map {
                    RelayCandidate(host: $0.target, port: $0.port, isImplicit: isImplicit)
                }
            case .notOffered: refusals += 1
            case .none: break
            case .failure(let failure):
                throw CommandFailure(
                    ExitCode.unavailable, "\(name) cannot be looked up: \(failure); try again later")
            }
        }
        if !candidates.isEmpty {
            self = .found(candidates)
        } else {
            self = refusals > 0 ? .notOffered : .none
        }
    }

    /// What providers usually have, on the ports of RFC 8314 3.3.
    static func guesses(_ hosts: [String]) -> [RelayCandidate] {
        hosts.flatMap { host in
            [
                RelayCandidate(host: host, port: 465, isImplicit: true),
                RelayCandidate(host: host, port: 587, isImplicit: false),
            ]
        }
    }
}
