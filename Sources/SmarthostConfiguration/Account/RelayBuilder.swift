// The way to a relay: endpoint, TLS and authentication from an account's settings.

struct RelayBuilder {
    let section: AccountSection
    let settings: Settings<AccountKey>

    /// The relay, or nil where an error was reported.
    func build(helloDomain: String, reporting diagnostics: inout Diagnostics) -> Relay? {
        let endpoints = endpoints(&diagnostics)
        let tls = TLSBuilder(section: section, settings: settings)
            .build(for: hosts.first?.name, reporting: &diagnostics)
        let proxy = proxy(&diagnostics)
        guard let endpoint = endpoints.first, let tls else { return nil }
        for endpoint in endpoints { noteUnusualPort(endpoint, tls, &diagnostics) }
        // Behind a proxy localhost is another machine.
        let isLocal = proxy == nil && endpoints.allSatisfy(\.isLocal)
        let authentication = AuthenticationBuilder(section: section, settings: settings)
            .build(isProtected: tls.isRequired || isLocal, reporting: &diagnostics)
        guard let authentication else { return nil }
        var relay = Relay(
            mailProtocol: mailProtocol, endpoint: endpoint, timeout: settings.duration(.timeout), tls: tls,
            authentication: authentication, helloDomain: helloDomain,
            phaseTimeouts: settings.phaseTimes(.phaseTimeouts), proxy: proxy)
        relay.alternatives = zip(endpoints, hosts).dropFirst().compactMap { endpoint, host in
            alternative(to: relay, endpoint, host)
        }
        relay.isBalanced = settings.text(.hostOrder) == "balanced"
        return relay
    }

    /// The same on another host.
    private func alternative(to relay: Relay, _ endpoint: Relay.Endpoint, _ host: NamedHost) -> Relay? {
        // What there is to say of the settings was said for the first host.
        var unheard = Diagnostics()
        let tls = TLSBuilder(section: section, settings: settings).build(for: host.name, reporting: &unheard)
        guard let tls else { return nil }
        return Relay(
            mailProtocol: relay.mailProtocol, endpoint: endpoint, timeout: relay.timeout, tls: tls,
            authentication: relay.authentication, helloDomain: relay.helloDomain,
            phaseTimeouts: relay.phaseTimeouts, proxy: relay.proxy)
    }

    private var mailProtocol: Relay.MailProtocol { settings.text(.mailProtocol) == "lmtp" ? .lmtp : .smtp }

    private var hosts: [NamedHost] { settings.hosts(.host) }

    /// One for each host; none where an error was reported.
    private func endpoints(_ diagnostics: inout Diagnostics) -> [Relay.Endpoint] {
        if let path = settings.text(.socket) { return [.unixSocket(path: path)] }
        if hosts.isEmpty {
            diagnostics.error(
                section.origin, key: "host",
                "account \(section.name) has no relay; set host, socket, or protocol maildir")
        }
        let usualPort = settings.number(.port).map(UInt16.init) ?? defaultPort
        let endpoints = hosts.compactMap { host in
            (host.port ?? usualPort).map { port in
                Relay.Endpoint.tcp(host: host.name, port: port, source: settings.text(.sourceIP))
            }
        }
        if endpoints.count == hosts.count { return endpoints }
        diagnostics.error(
            settings[.mailProtocol]?.origin ?? section.origin, key: "port",
            "LMTP has no default port; set port (24 is usual) or socket")
        return []
    }

    /// msmtp's key `socket` wins over the proxy too.
    private func proxy(_ diagnostics: inout Diagnostics) -> Relay.Proxy? {
        guard let host = settings.text(.proxyHost), settings.text(.socket) == nil else {
            if let setting = settings[.proxyPort], setting.value != .unset {
                diagnostics.warning(setting.origin, key: "proxy_port", "has no effect without proxy_host")
            }
            return nil
        }
        return Relay.Proxy(host: host, port: settings.number(.proxyPort).map(UInt16.init) ?? 1080)
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
        let origin = settings[.port]?.origin ?? settings[.host]?.origin ?? section.origin
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
