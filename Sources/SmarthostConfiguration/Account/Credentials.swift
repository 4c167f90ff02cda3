// How an account logs in: the mechanisms of AUTH, and where the password or token is had from.

/// A mechanism's name as SMTP writes it, the strongest for a password first.
public enum SASLMechanism: String, Hashable, Sendable, CaseIterable {
    case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
    case scramSHA1Plus = "SCRAM-SHA-1-PLUS"
    case scramSHA256 = "SCRAM-SHA-256"
    case scramSHA1 = "SCRAM-SHA-1"
    case plain = "PLAIN"
    case cramMD5 = "CRAM-MD5"
    case digestMD5 = "DIGEST-MD5"
    case login = "LOGIN"
    case ntlm = "NTLM"
    case oauthBearer = "OAUTHBEARER"
    case xoauth2 = "XOAUTH2"
    case external = "EXTERNAL"
    case gssapi = "GSSAPI"

    /// What `auth on` may take under TLS.
    static let forPasswords: [SASLMechanism] = [
        .scramSHA256Plus, .scramSHA1Plus, .scramSHA256, .scramSHA1, .plain, .cramMD5, .digestMD5, .login,
        .ntlm,
    ]
    /// What it may take where others could listen.
    static let inTheClear: [SASLMechanism] = [.scramSHA256, .scramSHA1]
    /// What it may take with an access token.
    public static let forTokens: [SASLMechanism] = [.oauthBearer, .xoauth2]

    /// Whether the password or token itself goes over the wire.
    public var sendsPassword: Bool { [.plain, .login, .oauthBearer, .xoauth2].contains(self) }

    /// Whether something outside of SASL says who it is: a client certificate, a Kerberos ticket.
    var needsNoPassword: Bool { self == .external || self == .gssapi }

    /// Whether it is tied to the TLS session.
    var needsTLS: Bool { self == .scramSHA256Plus || self == .scramSHA1Plus }

    /// The word after `auth`.
    var keyword: String { rawValue.lowercased() }
}

public struct Credentials: Hashable, Sendable {
    /// Empty where the mechanism needs none.
    public let user: String
    /// `ntlmdomain`.
    public let domain: String?
    public let password: PasswordSource

    init(user: String, domain: String? = nil, password: PasswordSource) {
        self.user = user
        self.domain = domain
        self.password = password
    }
}

/// Where the password is had from, at the time it is needed.
public enum PasswordSource: Hashable, Sendable {
    /// The mechanism needs none.
    case none
    case inline(Secret)
    /// A shell command; the first line it prints.
    case command(String)
    /// The first line of a file, which is to be checked by `FilePermissions`.
    case file(KeySource)
    /// The entry for this host and the user in the first of these files that has one.
    case netrc(host: String, files: [String])
    /// An access token that is asked for and renewed.
    case token(TokenSource)
}

/// Where access tokens are had from (RFC 6749).
public struct TokenSource: Hashable, Sendable {
    /// An https URL.
    public let endpoint: String
    public let clientID: String
    public let clientSecret: KeySource?
    /// Rewritten where the endpoint gives a new one. Without it the client asks for itself (RFC 6749 4.4).
    public let refreshToken: KeySource?
    public let scope: String?
    /// A PEM file of certificates; nil for the system's.
    public let trustFile: String?
}
