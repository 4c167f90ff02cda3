// What the parts of a configuration say about each other's signing keys. Reports what is not there and what
// contradicts itself.

struct SigningConsistency {
    /// All there are, those with mistakes too: what names them is no second mistake.
    let sections: [SigningSection]

    /// One selector of one domain is one record, which holds one key; `dkim *` may share it with its domain's
    /// own section.
    func look(at settings: [SigningSettings], reporting diagnostics: inout Diagnostics) {
        for last in settings where last.scope == .everybody && last.origin != .environment {
            for own in settings where own.scope == .domain && own.domain == last.domain {
                for key in last.keys {
                    guard let other = own.keys.first(where: { $0.isRival(of: key) }) else { continue }
                    diagnostics.error(
                        key.origin, key: "key_file",
                        "selector \(key.selector) of \(own.domain) has another key_file at \(other.origin); "
                            + "give this key a selector of its own")
                }
            }
        }
    }

    /// `dkim_domain` names a section; the environment's key goes by its domain too.
    func look(at accounts: [Account], reporting diagnostics: inout Diagnostics) {
        for account in accounts {
            guard case .section(let name) = account.signing.choice,
                !sections.contains(where: { $0.mayBe(name) })
            else { continue }
            let known =
                sections.isEmpty
                ? "nor any other; add it" : "there are: \(sections.map(\.name).joined(separator: ", "))"
            diagnostics.error(
                account.settings[.dkimDomain]?.origin ?? account.origin, key: AccountKey.dkimDomain.rawValue,
                "there is no section `dkim \(name)`, \(known)")
        }
    }

    /// Without any key every message is one without a key.
    func look(at daemon: DaemonSettings, reporting diagnostics: inout Diagnostics) {
        guard sections.isEmpty, let setting = daemon.settings[.dkimMissing] else { return }
        switch daemon.missingKeyPolicy {
        case .defer:
            warn(setting, "all mail waits in the queue", &diagnostics)
        case .reject:
            warn(setting, "all mail is refused", &diagnostics)
        case .send, nil: break
        }
    }

    private func warn(_ setting: Setting, _ consequence: String, _ diagnostics: inout Diagnostics) {
        diagnostics.warning(
            setting.origin, key: DaemonKey.dkimMissing.rawValue,
            "there is no dkim section, so \(consequence); add one, or write `dkim_missing send`")
    }
}

extension SigningSection {
    /// Whether it is the section of that name; whether `bücher.example` is `xn--bcher-kva.example` cannot be told
    /// here.
    fileprivate func mayBe(_ other: String) -> Bool {
        if name == other || origin == .environment && domain == other { return true }
        return name.isASCIIDomain != other.isASCIIDomain && (name.hasEncodedLabel || other.hasEncodedLabel)
    }
}

extension SigningSettings.Key {
    /// The same selector for another key.
    fileprivate func isRival(of other: Self) -> Bool {
        selector.lowercased() == other.selector.lowercased() && source != other.source
    }
}
