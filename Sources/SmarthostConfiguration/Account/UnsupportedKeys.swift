// msmtp's settings that are known but not acted on. Where mail would go out less safely than the file
// asks for, that is an error; else a warning that says what happens instead.

extension AccountKey {
    /// What is to be said about this setting, if anything.
    func objection(to value: Value) -> (severity: Diagnostic.Severity, text: String)? {
        if let refusal = refusal(of: value) { return (.error, refusal) }
        if let note = note(on: value) { return (.warning, note) }
        return nil
    }

    private func refusal(of value: Value) -> String? {
        guard value != .unset else { return nil }
        switch self {
        case .proxyHost:
            return "a SOCKS proxy is not supported: mail would go to the relay directly; remove it"
        case .tlsCRLFile:
            return "revocation lists are not supported: a revoked certificate would be accepted; remove it"
        case .tlsFingerprint:
            return
                "pinning by fingerprint is not supported; put the relay's certificate or its issuer's into a file "
                + "and name that in tls_trust_file"
        case .tlsKeyFile, .tlsCertFile:
            return "client certificates are not supported: the relay would not know this client; remove it"
        case .auth: return unsupportedMethod(value)
        default: return nil
        }
    }

    private func unsupportedMethod(_ value: Value) -> String? {
        guard case .text(let method) = value else { return nil }
        let supported = ["on", "off"] + Self.supportedMethods
        guard !supported.contains(method) else { return nil }
        return "the method \(method) is not supported; supported: \(supported.joined(separator: ", "))"
    }

    private func note(on value: Value) -> String? {
        if self == .tlsForceSSLv3 { return "obsolete and without effect: TLS 1.2 or later is always used" }
        guard value != .unset else { return nil }
        switch self {
        case .proxyPort: return "has no effect without proxy_host, which is not supported"
        case .tlsPriorities:
            return "not supported: TLS 1.2 or later with the TLS library's own choice of ciphers is used"
        case .tlsMinDHPrimeBits: return "not supported: the TLS library's own minimum is used"
        case .ntlmDomain: return "has no effect: the method ntlm is not supported"
        case .aliases:
            return
                "not supported: mail to a bare name such as root is refused; write whole addresses, in a crontab "
                + "with MAILTO=, or keep local mail in an account with `protocol maildir`"
        case .syslog where value != .flag(false):
            return
                "not supported: the daemon logs to the systemd journal (`journalctl -u smarthost`) or to its "
                + "standard error; for msmtp's own line set logfile"
        default: return nil
        }
    }
}
