// The keys `oauth_…`: where access tokens are asked for. Reports what is missing.

/// Providers whose endpoints are known.
enum OAuthProvider: String, CaseIterable {
    case gmail, microsoft

    var endpoint: String {
        switch self {
        case .gmail: "https://oauth2.googleapis.com/token"
        case .microsoft: "https://login.microsoftonline.com/common/oauth2/v2.0/token"
        }
    }

    /// What to ask for where oauth_scope says nothing; nil for what the refresh token was given for.
    var scope: String? {
        switch self {
        case .gmail: nil
        case .microsoft: "https://outlook.office.com/SMTP.Send offline_access"
        }
    }
}

struct OAuthBuilder {
    let section: AccountSection
    let settings: Settings<AccountKey>

    private static let keys: [AccountKey] = [
        .oauthProvider, .oauthTokenEndpoint, .oauthClientID, .oauthClientSecretFile, .oauthRefreshTokenFile,
        .oauthScope, .oauthTrustFile,
    ]

    private var given: [Setting] { Self.keys.compactMap { settings[$0] }.filter { $0.value != .unset } }

    /// Whether any of the keys is set.
    var isWanted: Bool { !given.isEmpty }

    private var origin: Origin { given.first?.origin ?? section.origin }

    /// Where tokens are had from, or nil where an error was reported. `other` is a key that says the same.
    func build(beside other: AccountKey?, reporting diagnostics: inout Diagnostics) -> TokenSource? {
        if let other {
            diagnostics.warning(
                settings[other]?.origin ?? section.origin, key: other.rawValue,
                "not used: access tokens are asked for, as the keys oauth_… say (\(origin))")
        }
        let provider = settings.text(.oauthProvider).flatMap(OAuthProvider.init)
        let endpoint = settings.text(.oauthTokenEndpoint) ?? provider?.endpoint
        if endpoint == nil {
            diagnostics.error(
                origin, key: AccountKey.oauthTokenEndpoint.rawValue,
                "is missing; set it, or `oauth_provider gmail` or `microsoft`")
        }
        let clientID = settings.text(.oauthClientID)
        if clientID == nil {
            diagnostics.error(
                origin, key: AccountKey.oauthClientID.rawValue,
                "is missing; set the id that the provider gave when the application was registered there")
        }
        let hasProof = checkProof(&diagnostics)
        noteUnwritable(&diagnostics)
        guard let endpoint, let clientID, hasProof else { return nil }
        return TokenSource(
            endpoint: endpoint, clientID: clientID, clientSecret: settings.keySource(.oauthClientSecretFile),
            refreshToken: settings.keySource(.oauthRefreshTokenFile),
            scope: settings.text(.oauthScope) ?? provider?.scope, trustFile: settings.text(.oauthTrustFile))
    }

    private func checkProof(_ diagnostics: inout Diagnostics) -> Bool {
        if settings.keySource(.oauthRefreshTokenFile) != nil { return true }
        if settings.keySource(.oauthClientSecretFile) != nil { return true }
        diagnostics.error(
            origin, key: AccountKey.oauthRefreshTokenFile.rawValue,
            "is missing; set it, or oauth_client_secret_file alone where the application itself may send")
        return false
    }

    /// systemd's credentials are read-only.
    private func noteUnwritable(_ diagnostics: inout Diagnostics) {
        guard case .credential = settings.keySource(.oauthRefreshTokenFile),
            let setting = settings[.oauthRefreshTokenFile]
        else { return }
        diagnostics.warning(
            setting.origin, key: AccountKey.oauthRefreshTokenFile.rawValue,
            "a credential cannot be written: where the provider gives a new refresh token it is lost when the daemon "
                + "ends; better name a file below the state directory")
    }
}
