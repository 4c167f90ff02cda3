// The sections `dkim DOMAIN`: with which keys, and how, mail from a domain is signed (RFC 6376).

import MailCore

/// How DKIM evens out a header or body before hashing (RFC 6376 3.4).
public enum CanonicalizationAlgorithm: String, Hashable, Sendable {
    case simple, relaxed
}

/// `HEADER/BODY`. Both are asked for: in a signature `relaxed` alone means relaxed/simple, which surprises.
struct CanonicalizationPair: Equatable {
    let header: CanonicalizationAlgorithm
    let body: CanonicalizationAlgorithm

    init?(_ text: String) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let header = CanonicalizationAlgorithm(rawValue: String(halves[0])),
            let body = CanonicalizationAlgorithm(rawValue: String(halves[1]))
        else { return nil }
        self.header = header
        self.body = body
    }
}

/// Where a private key is had from, at the start.
public enum KeySource: Hashable, Sendable {
    /// A PEM file, which is to be checked by `FilePermissions`.
    case file(String)
    /// A credential that systemd hands over (`credential:NAME`).
    case credential(String)
    /// A file that an environment variable names (`env:VARIABLE`), checked likewise.
    case environment(variable: String)
}

extension KeySource: CustomStringConvertible {
    /// As the configuration writes it.
    public var description: String {
        switch self {
        case .file(let path): path
        case .credential(let name): "credential:\(name)"
        case .environment(let variable): "env:\(variable)"
        }
    }
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
        public let origin: Origin
    }

    public let scope: Scope
    /// The signing domain (d=), in lower case, as written.
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

    /// All that was set, for the rendered view.
    let settings: Settings<SigningKey>
}

enum SigningKey: String, SettingKey {
    case selector, keyFile = "key_file", canonicalization, signHeaders = "sign_headers"
    case oversignHeaders = "oversign_headers", expire, identity

    var isRepeatable: Bool { false }

    var argument: ArgumentForm {
        switch self {
        case .selector: .selector
        case .keyFile: .path(mayBeEmpty: false)
        case .canonicalization: .canonicalization
        case .signHeaders, .oversignHeaders: .fieldNames
        case .expire: .days
        case .identity: .identity
        }
    }
}

/// A section `dkim DOMAIN` as read.
struct SigningSection {
    let domain: String
    let origin: Origin
    var settings = Settings<SigningKey>()

    /// The settings, or nil where an error was reported.
    func build(reporting diagnostics: inout Diagnostics) -> SigningSettings? {
        let selector = required(.selector, example: "selector s2026", &diagnostics)
        let keyFile = required(.keyFile, example: "key_file /etc/smarthost/dkim/\(domain).pem", &diagnostics)
        let isConsistent = checkIdentity(&diagnostics) && checkSignedFields(&diagnostics)
        guard let selector, let keyFile, isConsistent else { return nil }
        let pair = settings.text(.canonicalization).flatMap(CanonicalizationPair.init)
        return SigningSettings(
            scope: origin == .environment ? .everybody : .domain, domain: domain,
            keys: [SigningSettings.Key(selector: selector, source: .file(keyFile), origin: origin)],
            headerCanonicalization: pair?.header ?? .relaxed, bodyCanonicalization: pair?.body ?? .relaxed,
            signedFields: settings.words(.signHeaders),
            oversignedFields: settings.words(.oversignHeaders),
            expiry: settings.duration(.expire), identity: settings.text(.identity), origin: origin,
            settings: settings)
    }

    private func required(_ key: SigningKey, example: String, _ diagnostics: inout Diagnostics) -> String? {
        if let text = settings.text(key) { return text }
        diagnostics.error(
            origin, key: key.rawValue, "dkim \(domain) needs it; write for example `\(example)`")
        return nil
    }

    /// The domain of i= is d= or below it (RFC 6376 3.5).
    private func checkIdentity(_ diagnostics: inout Diagnostics) -> Bool {
        guard let setting = settings[.identity], let identity = settings.text(.identity) else { return true }
        let domainOfIdentity = identity.lowercased().split(separator: "@").last ?? ""
        if domainOfIdentity == domain || domainOfIdentity.hasSuffix("." + domain) { return true }
        diagnostics.error(
            setting.origin, key: "identity",
            "\"\(identity)\" is not in \(domain); allowed: \(SigningKey.identity.argument.allowed)")
        return false
    }

    /// From is always signed (RFC 6376 5.4).
    private func checkSignedFields(_ diagnostics: inout Diagnostics) -> Bool {
        guard let setting = settings[.signHeaders], let fields = settings.words(.signHeaders) else {
            return true
        }
        if fields.contains(where: { ASCII.equalIgnoringCase($0.utf8, "from".utf8) }) { return true }
        diagnostics.error(
            setting.origin, key: "sign_headers", "lacks From, which every signature must cover; add it")
        return false
    }
}
