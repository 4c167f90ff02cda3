// From the settings in force for an account to an Account. Reports what contradicts itself or is missing.

import MailCore

/// A section `account NAME` as read: what it sets itself or takes from its parents, over the defaults.
struct AccountSection {
    let name: String
    let origin: Origin
    let defaults: Settings<AccountKey>
    var own = Settings<AccountKey>()
    /// The user's and the system's .netrc, as far as they are there.
    var netrcFiles: [String] = []
    /// Whether another account copies it: it may then be a template that lacks a host.
    var isParent = false

    var inForce: Settings<AccountKey> {
        var settings = defaults
        settings.override(with: own)
        return settings
    }

    /// Whether only the accounts that copy it take mail: it has no way, or wants a login and says neither
    /// whose nor for whose mail.
    var isTemplate: Bool {
        let settings = inForce
        let hasWay =
            settings[.host] != nil || settings.text(.socket) != nil || settings.text(.maildir) != nil
        return isParent && (!hasWay || lacksLogin(settings))
    }

    private func lacksLogin(_ settings: Settings<AccountKey>) -> Bool {
        guard let method = settings.text(.auth), !["off", "external", "gssapi"].contains(method) else {
            return false
        }
        return settings.text(.user) == nil && settings.text(.from) == nil
    }
}

struct AccountBuilder {
    let section: AccountSection
    let settings: Settings<AccountKey>
    let names: HostNames

    init(_ section: AccountSection, names: HostNames) {
        self.section = section
        settings = section.inForce
        self.names = names
    }

    /// The account, or nil where an error was reported.
    func build(reporting diagnostics: inout Diagnostics) -> Account? {
        let domain = hostNames(in: settings.text(.domain), of: .domain, &diagnostics)
        let from = hostNames(in: from, of: .from, &diagnostics)
        guard let route = route(helloDomain: domain ?? "localhost", &diagnostics) else { return nil }
        return Account(
            name: section.name, route: route,
            sender: SenderRules(
                address: from.map(SenderAddress.init), fullName: settings.text(.fromFullName),
                callerMayChoose: settings.flag(.allowFromOverride) ?? true),
            header: HeaderRules(
                from: settings.text(.setFromHeader).flatMap(HeaderRules.FromField.init) ?? .auto,
                to: settings.text(.setToHeader).flatMap(HeaderRules.ToField.init) ?? .off,
                addsDate: settings.text(.setDateHeader) != "off",
                addsMessageID: settings.text(.setMsgidHeader) != "off",
                removesBcc: settings.flag(.removeBccHeaders) ?? true,
                messageIDDomain: domain == "localhost" ? nil : domain),
            notification: notification, signing: signing(&diagnostics), limits: AccountLimits(settings),
            log: log, origin: section.origin, settings: settings)
    }

    private func route(helloDomain: String, _ diagnostics: inout Diagnostics) -> Route? {
        if settings.text(.mailProtocol) != "maildir" {
            if let setting = settings[.maildir], settings[.mailProtocol] == nil, settings[.host] == nil {
                diagnostics.error(setting.origin, key: "maildir", "needs `protocol maildir` beside it")
                return nil
            }
            let builder = RelayBuilder(section: section, settings: settings)
            return builder.build(helloDomain: helloDomain, reporting: &diagnostics).map { .relay($0) }
        }
        guard let path = settings.text(.maildir) else {
            diagnostics.error(
                section.origin, key: "maildir",
                "account \(section.name) has protocol maildir; name the folder: `maildir PATH`")
            return nil
        }
        return .maildir(path: path)
    }

    /// `from`, or what the obsolete auto_from makes of the submitting user.
    private var from: String? {
        guard settings.flag(.autoFrom) == true else { return settings.text(.from) }
        return settings.text(.mailDomain).map { "%U@\($0)" } ?? "%U"
    }

    private func hostNames(
        in text: String?, of key: AccountKey, _ diagnostics: inout Diagnostics
    ) -> String? {
        guard let text else { return nil }
        do throws(InvalidArgument) {
            return try Substitution.hostNames(in: text, names)
        } catch {
            diagnostics.error(settings[key]?.origin ?? section.origin, key: key.rawValue, error.text)
            return nil
        }
    }

    private var notification: NotificationRules {
        let words = settings.words(.dsnNotify) ?? []
        return NotificationRules(
            occasions: words.isEmpty ? nil : Set(words.compactMap(NotificationRules.Occasion.init)),
            extent: settings.text(.dsnReturn).flatMap(NotificationRules.Extent.init))
    }

    private func signing(_ diagnostics: inout Diagnostics) -> SigningRules {
        let skipped = settings.words(.dkimSkipFields) ?? []
        if let setting = settings[.dkimSkipFields],
            skipped.contains(where: { ASCII.equalIgnoringCase($0.utf8, "from".utf8) })
        {
            diagnostics.error(
                setting.origin, key: AccountKey.dkimSkipFields.rawValue,
                "From cannot be left out: every signature has to cover it (RFC 6376 5.4); remove it")
        }
        return SigningRules(choice: signingChoice, skippedFields: skipped)
    }

    private var signingChoice: SigningChoice {
        switch settings.text(.dkimDomain) {
        case nil, "auto": .automatic
        case "off": .off
        case let name?: .section(name.lowercased())
        }
    }

    private var log: AccountLog? {
        guard let logfile = settings.text(.logfile) else { return nil }
        return AccountLog(
            destination: logfile == "-" ? .standardOutput : .file(logfile),
            timeFormat: settings.text(.logfileTimeFormat) ?? AccountKey.defaultTimeFormat)
    }
}
