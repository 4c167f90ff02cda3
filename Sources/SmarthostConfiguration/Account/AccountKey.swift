// Every key of an account section: msmtp's, its obsolete ones, and ours (`maildir`, `password_file`, those of
// several hosts, of limits, DKIM and OAuth).

enum AccountKey: String, SettingKey {
    case host, hostOrder = "host_order", port, sourceIP = "source_ip", proxyHost = "proxy_host", proxyPort =
        "proxy_port", socket
    case maxConnections = "max_connections", maxMessagesPerConnection = "max_messages_per_connection"
    case connectionIdleTime = "connection_idle_time", rateLimit = "rate_limit"
    case timeout, phaseTimeouts = "phase_timeouts", mailProtocol = "protocol", maildir, domain
    case auth, user, password, passwordEval = "passwordeval", passwordFile = "password_file"
    case ntlmDomain = "ntlmdomain"
    case oauthProvider = "oauth_provider", oauthTokenEndpoint = "oauth_token_endpoint"
    case oauthClientID = "oauth_client_id", oauthClientSecretFile = "oauth_client_secret_file"
    case oauthRefreshTokenFile = "oauth_refresh_token_file", oauthScope = "oauth_scope"
    case oauthTrustFile = "oauth_trust_file"
    case tls, tlsStartTLS = "tls_starttls", tlsTrustFile = "tls_trust_file", tlsCRLFile = "tls_crl_file"
    case tlsFingerprint = "tls_fingerprint", tlsKeyFile = "tls_key_file", tlsCertFile = "tls_cert_file"
    case tlsCertCheck = "tls_certcheck", tlsPriorities = "tls_priorities"
    case tlsHostOverride = "tls_host_override", tlsMinDHPrimeBits = "tls_min_dh_prime_bits"
    case from, fromFullName = "from_full_name", allowFromOverride = "allow_from_override"
    case dsnNotify = "dsn_notify", dsnReturn = "dsn_return"
    case setFromHeader = "set_from_header", setDateHeader = "set_date_header"
    case setMsgidHeader = "set_msgid_header", setToHeader = "set_to_header"
    case removeBccHeaders = "remove_bcc_headers"
    case dkimDomain = "dkim_domain", dkimSkipFields = "dkim_skip_fields"
    case logfile, logfileTimeFormat = "logfile_time_format", syslog, aliases
    // Obsolete in msmtp too.
    case connectTimeout = "connect_timeout", undisclosedRecipients = "undisclosed_recipients"
    case addMissingFromHeader = "add_missing_from_header", addMissingDateHeader = "add_missing_date_header"
    case autoFrom = "auto_from", mailDomain = "maildomain", keepBcc = "keepbcc"
    case tlsNoCertCheck = "tls_nocertcheck", tlsNoStartTLS = "tls_nostarttls"
    case tlsForceSSLv3 = "tls_force_sslv3"

    var isRepeatable: Bool { false }

    var argument: ArgumentForm {
        switch self {
        case .host: .hosts
        case .hostOrder: .keyword(["ordered", "balanced"], empty: nil)
        case .maxConnections: .number(1...1000)
        case .maxMessagesPerConnection: .number(1...100_000)
        case .connectionIdleTime: .durationOrOff
        case .rateLimit: .rate
        case .phaseTimeouts: .phaseTimes
        case .proxyHost, .tlsHostOverride: .host
        case .port: .number(1...65_535)
        case .proxyPort: .optionalNumber(1...65_535)
        case .tlsMinDHPrimeBits: .optionalNumber(1...65_536)
        case .sourceIP: .ipAddress
        case .timeout, .connectTimeout: .seconds
        case .mailProtocol: .keyword(["smtp", "lmtp", "maildir"], empty: nil)
        case .domain, .mailDomain: .helloDomain
        case .from: .sender
        case .auth: .keyword(["on", "off"] + Self.authMethods, empty: "on")
        case .password: .secret
        case .passwordEval: .command
        case .maildir: .path(mayBeEmpty: false)
        case .passwordFile, .oauthClientSecretFile, .oauthRefreshTokenFile: .secretFile
        case .oauthProvider: .keyword(OAuthProvider.allCases.map(\.rawValue), empty: nil)
        case .oauthTokenEndpoint: .httpsURL
        case .oauthTrustFile: .path(mayBeEmpty: true)
        case .socket, .tlsCRLFile, .tlsKeyFile, .tlsCertFile, .aliases: .path(mayBeEmpty: true)
        case .tlsTrustFile: .pathOr(word: "system")
        case .logfile: .pathOr(word: "-")
        case .tlsFingerprint: .fingerprint
        case .user, .ntlmDomain, .oauthClientID, .oauthScope, .fromFullName, .logfileTimeFormat,
            .tlsPriorities:
            .text
        case .tlsForceSSLv3: .text
        case .dsnNotify: .dsnConditions
        case .dsnReturn: .keyword(["off", "headers", "full"], empty: nil)
        case .setFromHeader: .keyword(["auto", "on", "off"], empty: "auto")
        case .setDateHeader, .setMsgidHeader: .keyword(["auto", "off"], empty: "auto")
        case .setToHeader: .keyword(["on", "off", "undisclosed_recipients"], empty: "on")
        case .dkimDomain: .signingChoice
        case .dkimSkipFields: .fieldNames(mayBeEmpty: true)
        case .syslog: .syslogFacility
        case .tlsNoCertCheck, .tlsNoStartTLS: .nothing
        case .tls: .keyword(["on", "off", "opportunistic"], empty: "on")
        case .tlsStartTLS, .tlsCertCheck, .allowFromOverride, .removeBccHeaders, .undisclosedRecipients,
            .addMissingFromHeader, .addMissingDateHeader, .autoFrom, .keepBcc:
            .flag
        }
    }

    /// What msmtp hands to strftime where logfile_time_format is not set.
    static let defaultTimeFormat = "%b %d %H:%M:%S"

    private static let authMethods = SASLMechanism.allCases.map(\.keyword)
}
