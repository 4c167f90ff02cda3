// From an account of the configuration to the way that the SMTP client takes.
internal import LinuxIO
public import MailCore
internal import SASL
public import SMTPClient
public import SmarthostConfiguration
internal import TLS

extension SMTPClient.Hosts {
    /// The ways to an account's relay; `connections` is how many each may have where the account does not
    /// say. Throws where the account's `source_ip` is none.
    public init(_ relay: Relay, of account: Account, connections: Int) throws(DeliveryFailure) {
        let limits = PoolLimits(account.limits, connections: connections)
        var others: [SMTPClient.Route] = []
        for relay in relay.alternatives { others.append(try Route(relay, account: account.name, limits)) }
        self.init(
            try Route(relay, account: account.name, limits), others, areBalanced: relay.isBalanced)
    }
}

extension PoolLimits {
    fileprivate init(_ limits: AccountLimits, connections: Int) {
        self.init(
            connections: limits.connections ?? connections,
            messagesPerConnection: limits.messagesPerConnection, idleTime: limits.idleTime)
    }
}

extension SMTPClient.Route {
    /// The way to one host of an account's relay. Throws where its `source_ip` is none.
    public init(_ relay: Relay, account: String, _ limits: PoolLimits? = nil) throws(DeliveryFailure) {
        self.init(
            to: Endpoint(relay.endpoint), dialect: relay.mailProtocol == .lmtp ? .lmtp : .smtp,
            security: Security(relay.tls),
            authentication: Authentication(relay.authentication, account: account),
            helloName: relay.helloDomain, source: try Self.source(relay.endpoint, account),
            proxy: relay.proxy.map { .host($0.host, port: $0.port) },
            timeouts: Timeouts(relay), limits: limits)
    }

    private static func source(
        _ endpoint: Relay.Endpoint, _ account: String
    ) throws(DeliveryFailure) -> SocketAddress? {
        guard case .tcp(_, _, let source?) = endpoint else { return nil }
        if let address = SocketAddress(ip: source, port: 0) { return address }
        throw DeliveryFailure(
            .transient, .relay, .configuration, "account \(account): source_ip \(source) is not an IP address"
        )
    }
}

extension Timeouts {
    fileprivate init(_ relay: Relay) {
        self = relay.timeout.map { Timeouts(each: $0) } ?? Timeouts()
        for (phase, limit) in relay.phaseTimeouts { self[keyPath: Self.limit(of: phase)] = limit }
    }

    private static func limit(of phase: RelayPhase) -> WritableKeyPath<Timeouts, Duration> {
        switch phase {
        case .connect: \.connect
        case .greeting: \.greeting
        case .command: \.command
        case .tls: \.tlsHandshake
        case .auth: \.authentication
        case .mail: \.mail
        case .rcpt: \.recipient
        case .data: \.data
        case .content: \.dataBlock
        case .endOfData: \.endOfData
        }
    }
}

extension SMTPClient.Endpoint {
    fileprivate init(_ endpoint: Relay.Endpoint) {
        switch endpoint {
        case .tcp(let host, let port, _): self = .host(host, port: port)
        case .unixSocket(let path): self = .unix(path: path)
        }
    }
}

extension SMTPClient.Security {
    fileprivate init(_ policy: TLSPolicy) {
        switch policy {
        case .off: self = .plain
        case .startTLS(let verification):
            self = .startTLS(verification.settings, name: verification.name)
        case .implicit(let verification):
            self = .implicit(verification.settings, name: verification.name)
        }
    }
}

extension SMTPClient.Authentication {
    fileprivate init(_ authentication: SmarthostConfiguration.Authentication, account: String) {
        switch authentication {
        case .off: self = .none
        case .on(let credentials, let mechanisms):
            let login = Login(user: credentials.user, account: account)
            if mechanisms.count == 1 {
                self = .mechanism(mechanisms[0].rawValue, login)
            } else {
                self = .strongest(login)
            }
        }
    }
}

extension ServerVerification {
    fileprivate var settings: TLSSettings {
        switch self {
        case .certificate(_, trust: .system): TLSSettings(trust: .system, verifiesCertificate: true)
        case .certificate(_, trust: .file(let path)):
            TLSSettings(trust: .file(path), verifiesCertificate: true)
        case .none: TLSSettings(trust: .system, verifiesCertificate: false)
        }
    }

    fileprivate var name: String {
        switch self {
        case .certificate(let name, _), .none(let name): name
        }
    }
}
