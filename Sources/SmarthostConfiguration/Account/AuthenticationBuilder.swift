// `auth` and what it needs. A password or token never goes in clear over a network: plain, login and tokens want
// TLS, a loopback address or a Unix socket.

struct AuthenticationBuilder {
    let section: AccountSection
    let settings: Settings<AccountKey>

    /// What to do about AUTH, or nil where an error was reported.
    func build(isProtected: Bool, reporting diagnostics: inout Diagnostics) -> Authentication? {
        guard let method = settings.text(.auth), method != "off" else {
            noteUnusedCredentials(&diagnostics)
            return .off
        }
        let mechanisms = mechanisms(method, isProtected: isProtected, &diagnostics)
        let probable = oauth.isWanted ? SASLMechanism.forTokens : SASLMechanism.forPasswords
        guard let credentials = credentials(for: mechanisms ?? probable, &diagnostics), let mechanisms
        else { return nil }
        return .on(credentials, mechanisms: mechanisms)
    }

    private var authOrigin: Origin { settings[.auth]?.origin ?? section.origin }

    private var oauth: OAuthBuilder { OAuthBuilder(section: section, settings: settings) }

    // MARK: Mechanisms

    private func mechanisms(
        _ method: String, isProtected: Bool, _ diagnostics: inout Diagnostics
    ) -> [SASLMechanism]? {
        guard let chosen = SASLMechanism.allCases.first(where: { $0.keyword == method }) else {
            return automatic(isProtected: isProtected, &diagnostics)
        }
        if chosen.sendsPassword, !isProtected {
            let alternative =
                SASLMechanism.forTokens.contains(chosen)
                ? "" : ", or `auth scram-sha-256` if the relay has it"
            diagnostics.error(
                authOrigin, key: "auth",
                "\(method) would send the password in clear; set `tls on`\(alternative)")
            return nil
        }
        if chosen.needsTLS, settings.text(.tls) != "on" {
            diagnostics.error(
                authOrigin, key: "auth",
                "\(method) is bound to the TLS session; set `tls on`, or `auth \(method.dropLast(5))`")
            return nil
        }
        return [chosen]
    }

    private func automatic(isProtected: Bool, _ diagnostics: inout Diagnostics) -> [SASLMechanism]? {
        if oauth.isWanted {
            if isProtected { return SASLMechanism.forTokens }
            diagnostics.error(authOrigin, key: "auth", "would send the access token in clear; set `tls on`")
            return nil
        }
        if isProtected { return SASLMechanism.forPasswords }
        diagnostics.warning(
            authOrigin, key: "auth",
            "without TLS only methods that keep the password to themselves are used, now scram-sha-256 and scram-sha-1; "
                + "set `tls on`")
        return SASLMechanism.inTheClear
    }

    // MARK: Credentials

    private func credentials(
        for mechanisms: [SASLMechanism], _ diagnostics: inout Diagnostics
    ) -> Credentials? {
        let user = settings.text(.user)
        let domain = settings.text(.ntlmDomain)
        if mechanisms.allSatisfy(\.needsNoPassword) {
            return Credentials(user: user ?? "", domain: domain, password: .none)
        }
        if user == nil {
            diagnostics.error(authOrigin, key: "auth", "needs a user name; set user, or `auth off`")
        }
        let password = password(isForToken: SASLMechanism.forTokens.contains(mechanisms[0]), &diagnostics)
        guard let user, let password else { return nil }
        return Credentials(user: user, domain: domain, password: password)
    }

    private func password(
        isForToken: Bool, _ diagnostics: inout Diagnostics
    ) -> PasswordSource? {
        let given = firstGiven(&diagnostics)
        if oauth.isWanted {
            guard isForToken else {
                diagnostics.error(
                    authOrigin, key: "auth", "sends no access token; set `auth on`, xoauth2 or oauthbearer")
                return nil
            }
            return oauth.build(beside: given, reporting: &diagnostics).map { .token($0) }
        }
        if let secret = settings.secret(.password) { return .inline(secret) }
        if let command = settings.text(.passwordEval) { return .command(command) }
        if let source = settings.keySource(.passwordFile) { return .file(source) }
        if !section.netrcFiles.isEmpty {
            return .netrc(host: settings.hosts(.host).first?.name ?? "localhost", files: section.netrcFiles)
        }
        let hint = isForToken ? ", or the keys oauth_client_id and so on to have tokens renewed" : ""
        diagnostics.error(
            authOrigin, key: "auth",
            "needs a password; set password_file, passwordeval or password\(hint) (there is no .netrc, and key rings "
                + "are not read)")
        return nil
    }

    /// The first that is set, in msmtp's order; those behind it are reported.
    private func firstGiven(_ diagnostics: inout Diagnostics) -> AccountKey? {
        let keys: [AccountKey] = [.password, .passwordEval, .passwordFile]
        let given = keys.filter { settings[$0] != nil && !settings.isUnset($0) }
        for other in given.dropFirst() {
            diagnostics.warning(
                settings[other]?.origin ?? section.origin, key: other.rawValue,
                "not used: \(given[0].rawValue) is set too (\(settings[given[0]]?.origin ?? section.origin))")
        }
        return given.first
    }

    private func noteUnusedCredentials(_ diagnostics: inout Diagnostics) {
        guard let user = settings[.user], user.value != .unset else { return }
        diagnostics.warning(
            user.origin, key: "user", "not used: auth is off, so mail is sent without a password")
    }
}
