// The way to a relay: endpoint, TLS and authentication from an account's settings.

struct RelayBuilder {
    let section: AccountSection
    let settings: Settings<AccountKey>

    /// The relay, or nil where an error was reported.
    func build(helloDomain: String, reporting diagnostics: inout Diagnostics) -> Relay? {
        let endpoint = endpoint(&diagnostics)
        let tls = TLSBuilder(section: section, settings: settings)
            .build(for: settings.text(.host), reporting: &diagnostics)
        guard let endpoint, let tls else { return nil }
        noteUnusualPort(endpoint, tls, &diagnostics)
        let authentication = AuthenticationBuilder(section: section, settings: settings)
            .build(isProtected: tls.isRequired || endpoint.isLocal, reporting: &diagnostics)
        guard let authentication else { return nil }
        return Relay(
            mailProtocol: mailProtocol, endpoint: endpoint, timeout: settings.duration(.timeout), tls: tls,
            authentication: authentication, helloDomain: helloDomain)
    }

    private var mailProtocol: Relay.MailProtocol { settings.text(.mailProtocol) == "lmtp" ? .lmtp : .smtp }

    private func endpoint(_ diagnostics: inout Diagnostics) -> Relay.Endpoint? {
        if let path = settings.text(.socket) { return .unixSocket(path: path) }
        guard let host = settings.text(.host) else {
            diagnostics.error(
                section.origin, key: "host",
                "account \(section.name) has no relay; set host, socket, or protocol maildir")
            return nil
        }
        guard let port = settings.number(.port).map(UInt16.init) ?? defaultPort else {
            diagnostics.error(
                settings[.mailProtocol]?.origin ?? section.origin, key: "port",
                "LMTP has no default port; set port (24 is usual) or socket")
            return nil
        }
        return .tcp(host: host, port: port, source: settings.text(.sourceIP))
    }

    /// 25, or 465 for TLS from the first byte; never 587, as in msmtp.
    private var defaultPort: UInt16? {
        if mailProtocol == .lmtp { return nil }
        return settings.startsWithTLS ? 465 : 25
    }

    /// Ports on which the other kind of TLS is spoken: the session would hang or fail obscurely.
    private func noteUnusualPort(
        _ endpoint: Relay.Endpoint, _ tls: TLSPolicy, _ diagnostics: inout Diagnostics
    ) {
        guard case .tcp(_, let port, _) = endpoint, mailProtocol == .smtp else { return }
        let origin = settings[.port]?.origin ?? section.origin
        switch (tls, port) {
        case (.startTLS, 465), (.opportunistic, 465), (.off, 465):
            diagnostics.warning(
                origin, key: "port",
                "465 is for TLS from the first byte; set `tls on` and `tls_starttls off`, or port 587")
        case (.implicit, 587), (.implicit, 25):
            diagnostics.warning(
                origin, key: "port", "\(port) is for STARTTLS; set `tls_starttls on`, or port 465")
        default: break
        }
    }
}

extension Relay.Endpoint {
    /// Whether what is sent stays on this machine.
    var isLocal: Bool {
        switch self {
        case .unixSocket: true
        case .tcp(let host, _, _): host.lowercased() == "localhost" || IPAddressText.isLoopback(host)
        }
    }
}
