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
    public let limits: AccountLimits
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
    /// `phase_timeouts`: these instead of `timeout` or the RFC's.
    public internal(set) var phaseTimeouts: [RelayPhase: Duration] = [:]
    /// A SOCKS5 proxy through which the relay is reached.
    public internal(set) var proxy: Proxy?
    /// The same relay on its other hosts, in the order of preference: each has its own endpoint and TLS name,
    /// and no alternatives of its own.
    public internal(set) var alternatives: [Relay] = []
    /// Whether the hosts take turns; else each is used only while those before it do not let us in.
    public internal(set) var isBalanced = false

    public struct Proxy: Hashable, Sendable {
        public let host: String
        public let port: UInt16
    }
}

public enum Authentication: Hashable, Sendable {
    case off
    /// The mechanisms that may be used, best first; never empty.
    case on(Credentials, mechanisms: [SASLMechanism])
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
