// The configuration in force as a person reads it: every setting with where it was set, secrets as ***.

/// One setting in force.
public struct RenderedSetting: Equatable, Sendable {
    public let key: String
    public let value: String
    public let origin: Origin
}

/// One section in force: its heading as in the file, and its settings.
public struct RenderedSection: Equatable, Sendable {
    public let heading: String
    public let settings: [RenderedSetting]
}

extension Configuration {
    /// The daemon section, the accounts and the dkim sections, in that order.
    public var rendered: [RenderedSection] {
        [RenderedSection(heading: "daemon", settings: daemon.rendered(hasKeys: !dkim.isEmpty))]
            + accounts.map { RenderedSection(heading: "account \($0.name)", settings: $0.rendered) }
            + dkim.map { RenderedSection(heading: "dkim \($0.name)", settings: $0.rendered) }
    }

    /// The same as lines: headings, and below each its settings with a comment that says where they stand.
    public var renderedText: String {
        rendered.map { section in
            let lines = section.settings.map { "    \($0.key) \($0.value)    # \($0.origin)" }
            return ([section.heading] + lines).joined(separator: "\n")
        }.joined(separator: "\n\n") + "\n"
    }
}

extension Settings {
    /// The keys that are set, and those that have a default, in the order of their declaration.
    fileprivate func rendered(default defaultText: (Key) -> String?) -> [RenderedSetting] {
        Key.allCases.flatMap { key in
            let given = all(key).map {
                RenderedSetting(key: key.rawValue, value: $0.shown, origin: $0.origin)
            }
            if !given.isEmpty { return given }
            return defaultText(key).map { [RenderedSetting(key: key.rawValue, value: $0, origin: .builtIn)] }
                ?? []
        }
    }
}

extension DaemonSettings {
    fileprivate func rendered(hasKeys: Bool) -> [RenderedSetting] {
        settings.rendered { key in
            key == .dkimMissing ? (hasKeys ? MissingKeyPolicy.defer : .send).rawValue : defaultText(key)
        }
    }

    private func defaultText(_ key: DaemonKey) -> String? {
        switch key {
        case .listen: listeners.map { "\($0.service.rawValue) unix:\($0.path) mode=0660" }.first
        case .spool: spoolDirectory
        case .delivery: delivery.rawValue
        case .idleExit: "off"
        case .allowUsers, .allowGroups, .dkimMissing: nil
        case .maxMessageSize: "\(maximumMessageSize >> 20)M"
        case .maxRecipients: "\(maximumRecipients)"
        case .retry: "1m 5m 15m 30m 1h 2h 4h"
        case .maxConnections: "\(maximumConnections)"
        }
    }
}

extension SigningSettings {
    /// Each selector with its key_file.
    fileprivate var rendered: [RenderedSetting] {
        let all = settings.rendered(default: Self.defaultText)
        func named(_ key: SigningKey) -> [RenderedSetting] { all.filter { $0.key == key.rawValue } }
        let keys = zip(named(.selector), named(.keyFile)).flatMap { [$0, $1] }
        let others = SigningKey.allCases.filter { ![.domain, .selector, .keyFile].contains($0) }
        return named(.domain) + keys + others.flatMap(named)
    }

    private static func defaultText(_ key: SigningKey) -> String? {
        switch key {
        case .canonicalization: "relaxed/relaxed"
        case .expire: "\(SigningSection.defaultDays)"
        case .domain, .selector, .keyFile, .signHeaders, .oversignHeaders, .identity: nil
        }
    }
}

extension Account {
    fileprivate var rendered: [RenderedSetting] { settings.rendered(default: defaultText) }

    private func defaultText(_ key: AccountKey) -> String? {
        if case .relay(let relay) = route, let text = Self.relayDefault(key, relay) { return text }
        return Self.messageDefault(key)
    }

    private static func relayDefault(_ key: AccountKey, _ relay: Relay) -> String? {
        switch (key, relay.endpoint, relay.tls) {
        case (.port, .tcp(_, let port, _), _): "\(port)"
        case (.timeout, _, _): "off"
        case (.hostOrder, _, _) where !relay.alternatives.isEmpty: "ordered"
        case (.proxyPort, _, _): relay.proxy.map { "\($0.port)" }
        case (.mailProtocol, _, _): "smtp"
        case (.domain, _, _): "localhost"
        case (.auth, _, _), (.tls, _, _): "off"
        case (.tlsStartTLS, _, .startTLS), (.tlsStartTLS, _, .opportunistic), (.tlsCertCheck, _, .startTLS),
            (.tlsCertCheck, _, .implicit):
            "on"
        case (.tlsTrustFile, _, .startTLS), (.tlsTrustFile, _, .implicit): "system"
        default: nil
        }
    }

    private static func messageDefault(_ key: AccountKey) -> String? {
        switch key {
        case .allowFromOverride, .removeBccHeaders: "on"
        case .setFromHeader, .setDateHeader, .setMsgidHeader, .dkimDomain: "auto"
        default: nil
        }
    }
}
