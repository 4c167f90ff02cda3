// What signs mail, and how (RFC 6376): the sections `dkim DOMAIN` and `dkim *`, complete and consistent.

/// How DKIM evens out a header or body before hashing (RFC 6376 3.4).
public enum CanonicalizationAlgorithm: String, Hashable, Sendable {
    case simple, relaxed
}

/// Which account's mail is signed, and with which section's keys (`dkim_domain`).
public enum SigningChoice: Hashable, Sendable {
    /// By the author's domain.
    case automatic
    /// Always the section of that name, a domain or `*`.
    case section(String)
    /// Not at all.
    case off
}

/// What becomes of a message for which no key is meant (`dkim_missing`).
public enum MissingKeyPolicy: String, Sendable {
    /// It waits in the queue.
    case `defer`
    /// It is sent unsigned, counted and logged.
    case send
    /// It is refused.
    case reject
}

/// A section `dkim DOMAIN` or `dkim *`: its keys sign side by side.
public struct SigningSettings: Sendable {
    /// Whose mail a section signs.
    public enum Scope: Hashable, Sendable {
        /// Mail from `domain` and the domains below it that have no section of their own.
        case domain
        /// Mail for which there is no other key (`dkim *`, and the key that the environment names).
        case everybody
    }

    /// One private key.
    public struct Key: Hashable, Sendable {
        public let selector: String
        public let source: KeySource
        /// The `key_file` line.
        public let origin: Origin
    }

    public let scope: Scope
    /// The signing domain (d=), in lower case, in the script in which it is written.
    public let domain: String
    /// In the order of the file; never empty, each selector once.
    public let keys: [Key]
    public let headerCanonicalization: CanonicalizationAlgorithm
    public let bodyCanonicalization: CanonicalizationAlgorithm
    /// The fields to sign where present; nil for the signer's recommended list (RFC 6376 5.4.1).
    public let signedFields: [String]?
    /// The fields signed once more than they occur, so that none can be added (RFC 6376 8.15); nil for the
    /// signer's own list.
    public let oversignedFields: [String]?
    /// How long a signature is valid (x=); nil for ever.
    public let expiry: Duration?
    /// i=, where it is not just the domain.
    public let identity: String?
    public let origin: Origin

    /// What stands behind `dkim`: the domain, or `*`. No two sections share it.
    public var name: String { scope == .everybody ? SigningSection.everybody : domain }

    /// All that was set, for the rendered view.
    let settings: Settings<SigningKey>
}
