// A section `dkim DOMAIN` or `dkim *` as read, and what becomes of it. Reports what is missing, what does not fit
// together, and which lines say so.

import MailCore

enum SigningKey: String, SettingKey {
    case domain, selector, keyFile = "key_file", canonicalization, signHeaders = "sign_headers"
    case oversignHeaders = "oversign_headers", expire, identity

    /// A section has as many keys as it has selectors.
    var isRepeatable: Bool { self == .selector || self == .keyFile }

    var argument: ArgumentForm {
        switch self {
        case .domain: .domain
        case .selector: .selector
        case .keyFile: .keySource
        case .canonicalization: .canonicalization
        case .signHeaders, .oversignHeaders: .fieldNames(mayBeEmpty: false)
        case .expire: .days
        case .identity: .identity
        }
    }
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

struct SigningSection {
    /// What stands behind `dkim`: a domain in lower case, or `*`.
    let name: String
    let origin: Origin
    var settings = Settings<SigningKey>()
    /// Keys whose argument was refused: what they lack is no second error.
    var refused: Set<SigningKey> = []

    static let everybody = "*"
    /// Days of `expire` where it is not set.
    static let defaultDays = 7

    var scope: SigningSettings.Scope { name == Self.everybody ? .everybody : .domain }

    /// d=; nil where `dkim *` does not say.
    var domain: String? { scope == .domain ? name : settings.text(.domain)?.lowercased() }

    /// The settings, or nil where an error was reported.
    func build(reporting diagnostics: inout Diagnostics) -> SigningSettings? {
        let domain = checkedDomain(&diagnostics)
        let keys = keys(&diagnostics)
        let signsFrom = checkSignedFields(&diagnostics)
        guard let domain, checkIdentity(in: domain, &diagnostics), let keys, signsFrom else { return nil }
        let pair = settings.text(.canonicalization).flatMap(CanonicalizationPair.init)
        return SigningSettings(
            scope: scope, domain: domain, keys: keys,
            headerCanonicalization: pair?.header ?? .relaxed, bodyCanonicalization: pair?.body ?? .relaxed,
            signedFields: settings.words(.signHeaders), oversignedFields: settings.words(.oversignHeaders),
            expiry: expiry, identity: settings.text(.identity), origin: origin, settings: settings)
    }

    private var expiry: Duration? {
        guard settings[.expire] != nil else { return .seconds(Self.defaultDays * 86_400) }
        return settings.duration(.expire)
    }

    private func checkedDomain(_ diagnostics: inout Diagnostics) -> String? {
        switch scope {
        case .everybody:
            if domain == nil { report(missing: .domain, example: "domain example.org", &diagnostics) }
        case .domain:
            guard let setting = settings[.domain] else { break }
            diagnostics.error(
                setting.origin, key: "domain",
                "is for `dkim *` only: the line `dkim \(name)` names the domain; remove it")
            return nil
        }
        return domain
    }

    private func report(missing key: SigningKey, example: String, _ diagnostics: inout Diagnostics) {
        if refused.contains(key) { return }
        diagnostics.error(origin, key: key.rawValue, "dkim \(name) needs it; write for example `\(example)`")
    }

    /// The domain of i= is d= or below it (RFC 6376 3.5).
    private func checkIdentity(in domain: String, _ diagnostics: inout Diagnostics) -> Bool {
        guard let setting = settings[.identity], let identity = settings.text(.identity) else { return true }
        let domainOfIdentity = identity.lowercased().split(separator: "@").last ?? ""
        if domainOfIdentity == domain || domainOfIdentity.hasSuffix("." + domain) { return true }
        // The two forms of a name in another script are compared where they can be, by the signer.
        if !domain.isASCIIDomain || !domainOfIdentity.isASCIIDomain { return true }
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

// MARK: - Keys

extension SigningSection {
    /// The n-th selector with the n-th key_file, whichever of them stands first.
    private func keys(_ diagnostics: inout Diagnostics) -> [SigningSettings.Key]? {
        let (selectors, files) = (settings.all(.selector), settings.all(.keyFile))
        let areUnique = checkSelectors(&diagnostics)
        guard hasAsMany(selectors, files, &diagnostics), areUnique else { return nil }
        return zip(selectors, files).compactMap { selector, file in
            guard case (.text(let name), .keySource(let source)) = (selector.value, file.value) else {
                return nil
            }
            return SigningSettings.Key(selector: name, source: source, origin: file.origin)
        }
    }

    private func hasAsMany(
        _ selectors: [Setting], _ files: [Setting], _ diagnostics: inout Diagnostics
    ) -> Bool {
        // A line that was refused is a mate without a number.
        guard refused.isDisjoint(with: [.selector, .keyFile]) else { return false }
        if selectors.isEmpty { report(missing: .selector, example: "selector s2026", &diagnostics) }
        if files.isEmpty {
            let path = "/etc/smarthost/dkim/\(domain ?? "example.org").pem"
            report(missing: .keyFile, example: "key_file \(path)", &diagnostics)
        }
        if selectors.isEmpty || files.isEmpty { return false }
        if selectors.count == files.count { return true }
        diagnostics.error(
            origin, key: selectors.count < files.count ? "selector" : "key_file",
            "dkim \(name) has \(Self.list(selectors, "selector")) but \(Self.list(files, "key_file")); "
                + "give each selector its key_file, in the same order")
        return false
    }

    /// `2 selector lines (/etc/msmtprc:2, /etc/msmtprc:4)`
    private static func list(_ settings: [Setting], _ key: String) -> String {
        let places = settings.map(\.origin.description).joined(separator: ", ")
        return "\(settings.count) \(key) \(settings.count == 1 ? "line" : "lines") (\(places))"
    }

    /// One record in the DNS holds one key, and its name is not case-sensitive.
    private func checkSelectors(_ diagnostics: inout Diagnostics) -> Bool {
        var taken: [String: Origin] = [:]
        var areUnique = true
        for setting in settings.all(.selector) {
            guard case .text(let selector) = setting.value else { continue }
            if let first = taken[selector.lowercased()] {
                diagnostics.error(
                    setting.origin, key: "selector",
                    "\(selector) is given already (\(first)); each key needs a selector of its own")
                areUnique = false
            } else {
                taken[selector.lowercased()] = setting.origin
            }
        }
        return areUnique
    }
}
