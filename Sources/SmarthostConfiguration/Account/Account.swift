// One account: the way to a relay or a Maildir, and the rules for mail that takes it. Settings that
// exclude each other are cases, so that who uses an account has nothing left to check.

/// A section `account NAME`, complete and consistent.
public struct Account: Sendable {
    public let name: String
    public let route: Route
    public let sender: SenderRules
    public let header: HeaderRules
    public let notification: NotificationRules
    public let signing: SigningRules
    public let log: AccountLog?
    /// The `account` line, or `default` for the embedded one.
    public let origin: Origin

    /// All that was set, for the rendered view.
    let settings: Settings<AccountKey>
}

/// Where an account's mail goes.
public enum Route: Hashable, Sendable {
    /// A Maildir on this machine.
    case maildir(path: String)
    case relay(Relay)
}

/// How a relay is reached and spoken to. Equal relays may share a session.
public struct Relay: Hashable, Sendable {
    public enum MailProtocol: String, Sendable { case smtp, lmtp }

    public enum Endpoint: Hashable, Sendable {
        /// A host name or address; `source` is the local address to bind to, as text.
        case tcp(host: String, port: UInt16, source: String?)
        case unixSocket(path: String)
    }

    public let mailProtocol: MailProtocol
    public let endpoint: Endpoint
    /// For connecting and for each reply; nil leaves it to the client, with the times of RFC 5321 4.5.3.2.
    public let timeout: Duration?
    public let tls: TLSPolicy
    public let authentication: Authentication
    /// The argument of EHLO or LHLO.
    public let helloDomain: String
}

/// Whether the session is encrypted, and how. There is no opportunistic TLS: a relay without it is an error.
public enum TLSPolicy: Hashable, Sendable {
    case off
    /// STARTTLS is required (RFC 3207).
    case startTLS(ServerVerification)
    /// TLS from the first byte (RFC 8314 3.3).
    case implicit(ServerVerification)
}

/// What the server has to prove. `name` is the certificate's expected name and the one sent as SNI.
public enum ServerVerification: Hashable, Sendable {
    case certificate(name: String, trust: TrustAnchors)
    /// `tls_certcheck off`: whoever answers is taken for the relay.
    case none(name: String)
}

public enum TrustAnchors: Hashable, Sendable {
    case system
    /// A PEM file of certificates.
    case file(String)
}

public enum Authentication: Hashable, Sendable {
    case off
    /// The mechanisms that may be used, best first; never empty.
    case on(Credentials, mechanisms: [SASLMechanism])
}

/// A mechanism's name as SMTP writes it.
public enum SASLMechanism: String, Hashable, Sendable, CaseIterable {
    case plain = "PLAIN"
    case cramMD5 = "CRAM-MD5"
    case login = "LOGIN"

    /// Whether the password itself goes over the wire.
    public var sendsPassword: Bool { self != .cramMD5 }

    /// The word after `auth`.
    var keyword: String { rawValue.lowercased() }
}

public struct Credentials: Hashable, Sendable {
    public let user: String
    public let password: PasswordSource
}

/// Where the password is had from, at the time it is needed.
public enum PasswordSource: Hashable, Sendable {
    case inline(Secret)
    /// A shell command; the first line it prints.
    case command(String)
    /// The first line of a file, which is to be checked by `FilePermissions`.
    case file(String)
}

/// Whose mail the account takes, and as whom it goes out.
public struct SenderRules: Hashable, Sendable {
    /// `from`.
    public let address: SenderAddress?
    /// `from_full_name`: the display name of a From field that is added.
    public let fullName: String?
    /// Whether the caller's own reverse-path is taken (`allow_from_override`).
    public let callerMayChoose: Bool
}

/// What is done to the header before the message is signed.
public struct HeaderRules: Hashable, Sendable {
    public enum FromField: String, Hashable, Sendable {
        /// Added where missing.
        case auto
        /// Always replaced.
        case on
        case off
    }

    public enum ToField: String, Hashable, Sendable {
        case off
        /// Names every recipient; Cc and Bcc go.
        case on
        /// Names nobody; Cc and Bcc go.
        case undisclosedRecipients = "undisclosed_recipients"
    }

    public let from: FromField
    public let to: ToField
    public let addsDate: Bool
    public let addsMessageID: Bool
    public let removesBcc: Bool
    /// `domain`, where it was set: the right side of a Message-ID. Else the reverse-path's domain is best.
    public let messageIDDomain: String?
}

/// What the relay is asked to tell the sender (RFC 3461). A setting that is nil leaves it to the relay.
public struct NotificationRules: Hashable, Sendable {
    public enum Occasion: String, Hashable, Sendable, CaseIterable { case failure, delay, success }
    public enum Extent: String, Hashable, Sendable { case headers, full }

    /// `dsn_notify`; empty for `never`.
    public let occasions: Set<Occasion>?
    /// `dsn_return`: how much of the message comes back with the news that it failed.
    public let extent: Extent?
}

/// How an account's mail is signed.
public struct SigningRules: Hashable, Sendable {
    /// `dkim_domain`.
    public let choice: SigningChoice
    /// `dkim_skip_fields`: fields that the relay is known to rewrite.
    public let skippedFields: [String]
}

/// msmtp's own log of one line a mail.
public struct AccountLog: Hashable, Sendable {
    public enum Destination: Hashable, Sendable {
        case standardOutput
        case file(String)
    }

    public let destination: Destination
    /// For strftime.
    public let timeFormat: String
}
