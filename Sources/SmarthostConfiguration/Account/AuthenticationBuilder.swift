// `auth` and what it needs. A password never goes in clear over a network: plain and login want TLS, a
// loopback address or a Unix socket.

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
        let credentials = credentials(&diagnostics)
        guard let mechanisms, let credentials else { return nil }
        return .on(credentials, mechanisms: mechanisms)
    }

    private var authOrigin: Origin { settings[.auth]?.origin ?? section.origin }

    private func mechanisms(
        _ method: String, isProtected: Bool, _ diagnostics: inout Diagnostics
    ) -> [SASLMechanism]? {
        guard let chosen = SASLMechanism.allCases.first(where: { $0.keyword == method }) else {
            return automatic(isProtected: isProtected, &diagnostics)
        }
        if chosen.sendsPassword, !isProtected {
            diagnostics.error(
                authOrigin, key: "auth",
                "\(method) would send the password in clear; set `tls on`, or `auth cram-md5` if the relay has it"
            )
            return nil
        }
        return [chosen]
    }

    private func automatic(isProtected: Bool, _ diagnostics: inout Diagnostics) -> [SASLMechanism] {
        if isProtected { return SASLMechanism.allCases }
        diagnostics.warning(
            authOrigin, key: "auth",
            "without TLS only methods that do not send the password are used, now cram-md5; set `tls on`")
        return SASLMechanism.allCases.filter { !$0.sendsPassword }
    }

    private func credentials(_ diagnostics: inout Diagnostics) -> Credentials? {
        let user = settings.text(.user)
        if user == nil {
            diagnostics.error(authOrigin, key: "auth", "needs a user name; set user, or `auth off`")
        }
        let password = password(&diagnostics)
        if password == nil {
            diagnostics.error(
                authOrigin, key: "auth",
                "needs a password; set password_file, passwordeval or password (key rings and .netrc are not read)"
            )
        }
        guard let user, let password else { return nil }
        return Credentials(user: user, password: password)
    }

    /// The first that is set, in msmtp's order; those behind it are reported.
    private func password(_ diagnostics: inout Diagnostics) -> PasswordSource? {
        let keys: [AccountKey] = [.password, .passwordEval, .passwordFile]
        let given = keys.filter { settings[$0] != nil && !settings.isUnset($0) }
        for other in given.dropFirst() {
            diagnostics.warning(
                settings[other]?.origin ?? section.origin, key: other.rawValue,
                "not used: \(given[0].rawValue) is set too (\(settings[given[0]]?.origin ?? section.origin))")
        }
        if let secret = settings.secret(.password) { return .inline(secret) }
        if let command = settings.text(.passwordEval) { return .command(command) }
        return settings.text(.passwordFile).map { .file($0) }
    }

    private func noteUnusedCredentials(_ diagnostics: inout Diagnostics) {
        guard let user = settings[.user], user.value != .unset else { return }
        diagnostics.warning(
            user.origin, key: "user", "not used: auth is off, so mail is sent without a password")
    }
}
