// From an account of the configuration to the way that the SMTP client takes.
internal import IDNA
internal import LinuxIO
public import MailCore
internal import SASL
public import SMTPClient
public import SmarthostConfiguration
public import TLS

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
    /// The way to one host of an account's relay. Throws where its `source_ip` is none, or a name no domain name.
    public init(_ relay: Relay, account: String, _ limits: PoolLimits? = nil) throws(DeliveryFailure) {
        self.init(
            to: try Endpoint(relay.endpoint, account), dialect: relay.mailProtocol == .lmtp ? .lmtp : .smtp,
            security: try Security(relay.tls, account),
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
    fileprivate init(_ endpoint: Relay.Endpoint, _ account: String) throws(DeliveryFailure) {
        switch endpoint {
        case .tcp(let host, let port, _): self = .host(try asciiName(host, "host", account), port: port)
        case .unixSocket(let path): self = .unix(path: path)
        }
    }
}

extension SMTPClient.Security {
    fileprivate init(_ policy: TLSPolicy, _ account: String) throws(DeliveryFailure) {
        guard let parameters = policy.parameters else {
            self = .plain
            return
        }
        let settings = TLSSettings(parameters)
        let name = try asciiName(parameters.name, "tls_host_override", account)
        switch policy {
        case .off: self = .plain
        case .opportunistic: self = .opportunistic(settings, name: name)
        case .startTLS: self = .startTLS(settings, name: name)
        case .implicit: self = .implicit(settings, name: name)
        }
    }
}

/// The name as the DNS and certificates know it (RFC 5890 2.3.2.1).
private func asciiName(
    _ name: String, _ key: String, _ account: String
) throws(DeliveryFailure) -> String {
    if name.utf8.allSatisfy({ $0 < 0x80 }) { return name }
    do throws(InvalidDomainName) {
        return try InternationalDomain.ascii(name)
    } catch {
        throw DeliveryFailure(
            .transient, .relay, .configuration,
            "account \(account): \(key) \(name) is no domain name: \(error)")
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
            } else if mechanisms == SASLMechanism.forTokens {
                self = .token(login)
            } else {
                self = .strongest(login)
            }
        }
    }
}

extension TLSSettings {
    /// What an account asks of TLS.
    public init(_ parameters: TLSParameters) {
        self.init(
            Verification(parameters.verification),
            clientCertificate: parameters.clientCertificate.map {
                ClientCertificate(certificateFile: $0.certificate, keyFile: $0.key)
            },
            ciphers: parameters.ciphers, minimumDHBits: parameters.minimumDHBits)
    }
}

extension TLSSettings.Verification {
    fileprivate init(_ verification: ServerVerification) {
        switch verification {
        case .certificate(.system, let lists): self = .authority(.system, revocationLists: lists)
        case .certificate(.file(let path), let lists): self = .authority(.file(path), revocationLists: lists)
        case .fingerprint(.sha256(let digest)): self = .fingerprint(Fingerprint(.sha256, digest))
        case .fingerprint(.sha1(let digest)): self = .fingerprint(Fingerprint(.sha1, digest))
        case .none: self = .off
        }
    }
}
