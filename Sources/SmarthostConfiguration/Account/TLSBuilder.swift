// The TLS keys of an account. What asks for more than can be had is an error; where a setting has no effect,
// a warning says so.

struct TLSBuilder {
    let section: AccountSection
    let settings: Settings<AccountKey>

    /// What to do about TLS with the relay of that name, if it has one; nil where an error was reported.
    func build(for host: String?, reporting diagnostics: inout Diagnostics) -> TLSPolicy? {
        guard settings.usesTLS else { return .off }
        // Of its own, since another account with the same mistake may have been reported before.
        var findings = Diagnostics()
        let policy = policy(host, &findings)
        for finding in findings.all { diagnostics.add(finding) }
        return findings.errors.isEmpty ? policy : nil
    }

    /// The policy, worth something only where no error was found on the way to it.
    private func policy(_ host: String?, _ findings: inout Diagnostics) -> TLSPolicy? {
        guard let name = settings.text(.tlsHostOverride) ?? host else {
            findings.error(
                origin(of: .tls), key: "tls",
                "there is no name to check the certificate against; set host or tls_host_override")
            return nil
        }
        let isOpportunistic = settings.text(.tls) == "opportunistic"
        if isOpportunistic { noteUncheckable(&findings) }
        let parameters = TLSParameters(
            name: name, verification: isOpportunistic ? .none : verification(&findings),
            clientCertificate: clientCertificate(&findings), ciphers: ciphers(&findings),
            minimumDHBits: minimumDHBits(&findings))
        if isOpportunistic { return .opportunistic(parameters) }
        return settings.startsWithTLS ? .implicit(parameters) : .startTLS(parameters)
    }

    private func origin(of key: AccountKey) -> Origin { settings[key]?.origin ?? section.origin }

    private func isGiven(_ key: AccountKey) -> Bool { settings[key] != nil && !settings.isUnset(key) }

    // MARK: The server

    /// Opportunistic TLS cannot check: whoever could forge the certificate could as well strip STARTTLS.
    private func noteUncheckable(_ findings: inout Diagnostics) {
        if settings.flag(.tlsStartTLS) == false {
            findings.error(
                origin(of: .tlsStartTLS), key: "tls_starttls",
                "off: a port that wants TLS from the first byte cannot do without it; set `tls on`")
        }
        for key in [AccountKey.tlsFingerprint, .tlsCRLFile] where isGiven(key) {
            findings.error(
                origin(of: key), key: key.rawValue,
                "`tls opportunistic` goes on with any certificate or none; set `tls on`, or remove this")
        }
    }

    private func verification(_ findings: inout Diagnostics) -> ServerVerification {
        if settings.flag(.tlsCertCheck) == false {
            findings.warning(
                origin(of: .tlsCertCheck), key: "tls_certcheck",
                "off: whoever answers is taken for the relay and is given the password")
            return ServerVerification.none
        }
        if let fingerprint = settings.text(.tlsFingerprint).flatMap(CertificateFingerprint.init) {
            return pinned(fingerprint, &findings)
        }
        if let setting = settings[.tlsTrustFile], setting.value == .unset {
            findings.error(
                setting.origin, key: "tls_trust_file",
                "empty, so that no certificate could be accepted; set system or a file")
        }
        let trust = settings.text(.tlsTrustFile) ?? "system"
        return .certificate(
            trust == "system" ? .system : .file(trust), revocationLists: settings.text(.tlsCRLFile))
    }

    private func pinned(
        _ fingerprint: CertificateFingerprint, _ findings: inout Diagnostics
    ) -> ServerVerification {
        if case .sha1 = fingerprint {
            findings.warning(
                origin(of: .tlsFingerprint), key: "tls_fingerprint",
                "SHA-1 can be forged; write the SHA-256 fingerprint, as `openssl x509 -noout -fingerprint -sha256` "
                    + "shows it")
        }
        if isGiven(.tlsCRLFile) {
            findings.warning(
                origin(of: .tlsCRLFile), key: "tls_crl_file",
                "not used: with tls_fingerprint one certificate is taken, whatever its issuer says")
        }
        return .fingerprint(fingerprint)
    }

    // MARK: Our side

    /// Both files or none.
    private func clientCertificate(_ findings: inout Diagnostics) -> ClientCertificateFiles? {
        let (certificate, key) = (settings.text(.tlsCertFile), settings.text(.tlsKeyFile))
        if let certificate, let key { return ClientCertificateFiles(certificate: certificate, key: key) }
        if certificate != nil {
            findings.error(
                origin(of: .tlsCertFile), key: "tls_cert_file",
                "needs tls_key_file beside it: the certificate's key")
        }
        if key != nil {
            findings.error(
                origin(of: .tlsKeyFile), key: "tls_key_file",
                "needs tls_cert_file beside it: the key's certificate")
        }
        return nil
    }

    private func ciphers(_ findings: inout Diagnostics) -> String? {
        guard let words = settings.text(.tlsPriorities) else { return nil }
        let origin = origin(of: .tlsPriorities)
        switch CipherPriorities(words).verdict {
        case .usable: return words
        case .covered(let text): findings.warning(origin, key: "tls_priorities", text)
        case .refused(let text): findings.error(origin, key: "tls_priorities", text)
        }
        return nil
    }

    private func minimumDHBits(_ findings: inout Diagnostics) -> Int? {
        guard let bits = settings.number(.tlsMinDHPrimeBits) else { return nil }
        if bits < 1024 {
            findings.warning(
                origin(of: .tlsMinDHPrimeBits), key: "tls_min_dh_prime_bits",
                "\(bits) has no effect: the TLS library wants more by itself; remove it")
        }
        return bits
    }
}

extension Settings<AccountKey> {
    var usesTLS: Bool { text(.tls).map { $0 != "off" } ?? false }

    /// TLS from the first byte.
    var startsWithTLS: Bool { text(.tls) == "on" && flag(.tlsStartTLS) == false }
}
