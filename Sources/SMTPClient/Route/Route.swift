// How a relay is reached, as one value: two messages may share a session exactly when their routes are
// equal. It is the pool's key, and the configuration makes it in one place. No secret is in it.
public import LinuxIO
public import TLS

/// The way to a relay, with everything that makes a session over it different from others.
public struct Route: Hashable, Sendable {
    public var endpoint: Endpoint
    public var dialect: Dialect
    public var security: Security
    public var authentication: Authentication
    /// What EHLO or LHLO says we are: a domain name or an address literal (RFC 5321 4.1.1.1).
    public var helloName: String
    /// The address to connect from, where it matters; its port is 0.
    public var source: SocketAddress?
    /// A SOCKS5 proxy through which a host is reached, which then also looks its name up (RFC 1928).
    public var proxy: Endpoint?
    public var timeouts: Timeouts
    /// How many sessions there may be over it, and for how long; nil: as the pool has it for all.
    public var limits: PoolLimits?

    public init(
        to endpoint: Endpoint, dialect: Dialect = .smtp, security: Security = .plain,
        authentication: Authentication = .none, helloName: String, source: SocketAddress? = nil,
        proxy: Endpoint? = nil, timeouts: Timeouts = Timeouts(), limits: PoolLimits? = nil
    ) {
        self.endpoint = endpoint
        self.dialect = dialect
        self.security = security
        self.authentication = authentication
        self.helloName = helloName
        self.source = source
        self.proxy = proxy
        self.timeouts = timeouts
        self.limits = limits
    }

    /// Whether what is sent stays on this machine: behind a proxy localhost is another one.
    var isLocal: Bool { proxy == nil && endpoint.isLocal }
}

/// Where a relay listens.
public enum Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A host's name or IP address, and a TCP port.
    case host(String, port: UInt16)
    case unix(path: String)

    /// `smtp.example.org:587`, `[2001:db8::1]:25` or `/run/dovecot/lmtp`.
    public var description: String {
        switch self {
        case .host(let name, let port): name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
        case .unix(let path): path
        }
    }

    /// The host to name in SASL and, unless it is overridden, to look for in a certificate.
    public var host: String {
        switch self {
        case .host(let name, _): name
        case .unix: "localhost"
        }
    }

    /// Whether what is sent stays on this machine, where nobody listens on the way. By the same rule the
    /// configuration lets a password go without TLS.
    var isLocal: Bool {
        switch self {
        case .unix: true
        case .host(let name, let port):
            name.lowercased() == "localhost" || name == "::1"
                || name.hasPrefix("127.") && SocketAddress(ip: name, port: port) != nil
        }
    }
}

/// The protocol that a relay speaks.
public enum Dialect: String, Hashable, Sendable {
    /// RFC 5321.
    case smtp = "SMTP"
    /// RFC 2033: SMTP with a reply for each recipient after the message.
    case lmtp = "LMTP"
}

/// Whether and how TLS protects a session. Only the opportunistic form ever goes on in plain text.
public enum Security: Hashable, Sendable {
    case plain
    /// STARTTLS where it is offered and works, with whoever answers; else plain text (RFC 7435). It keeps out who
    /// only listens, so a session over it counts as unprotected wherever a password is at stake.
    case opportunistic(TLSSettings, name: String)
    /// STARTTLS, RFC 3207. The certificate must bear the name.
    case startTLS(TLSSettings, name: String)
    /// TLS from the first byte, as on port 465 (RFC 8314 3).
    case implicit(TLSSettings, name: String)

    var settings: TLSSettings? {
        switch self {
        case .plain: nil
        case .opportunistic(let settings, _), .startTLS(let settings, _), .implicit(let settings, _): settings
        }
    }

    var isOpportunistic: Bool {
        if case .opportunistic = self { true } else { false }
    }

    /// Whether TLS, once it is there, keeps out also those who can change what is on the way.
    var protects: Bool { settings != nil && !isOpportunistic }
}

/// Whether and how a session logs in.
public enum Authentication: Hashable, Sendable {
    case none
    /// The strongest mechanism for a password that the relay offers; over a network without TLS only one that
    /// keeps the password to itself.
    case strongest(Login)
    /// OAUTHBEARER or XOAUTH2, whichever the relay offers, with an access token.
    case token(Login)
    /// This mechanism only, by its SASL name.
    case mechanism(String, Login)

    var login: Login? {
        switch self {
        case .none: nil
        case .strongest(let login), .token(let login), .mechanism(_, let login): login
        }
    }
}

/// Who logs in. The password is not here: a ``CredentialSource`` has it.
public struct Login: Hashable, Sendable, CustomStringConvertible {
    /// Empty where a certificate or ticket says who it is.
    public var user: String
    /// The configuration's account, under which the secret is found and which errors name.
    public var account: String

    public init(user: String, account: String) {
        self.user = user
        self.account = account
    }

    /// `user tim (account work)`.
    public var description: String {
        user.isEmpty ? "account \(account)" : "user \(user) (account \(account))"
    }
}
