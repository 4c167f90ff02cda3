// The sections `dkim DOMAIN`: with which key, and how, mail from a domain is signed (RFC 6376).

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

public struct SigningSettings: Sendable {
    /// The signing domain (d=), in lower case.
    public let domain: String
    public let selector: String
    /// A PEM file, which is to be checked by `FilePermissions`.
    public let keyFile: String
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
            domain: domain, selector: selector, keyFile: keyFile,
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
