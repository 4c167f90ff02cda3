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
        case .setToHeader where value != .text("off"):
            return "replacing To and Cc is not supported: recipients would be disclosed; allowed: off"
        default: return nil
        }
    }

    private func note(on value: Value) -> String? {
        if self == .tlsForceSSLv3 { return "obsolete and without effect: TLS 1.2 or later is always used" }
        guard value != .unset else { return nil }
        switch self {
        case .dsnNotify where value != .words([]):
            return "not supported: the relay decides when it sends delivery status notifications"
        case .dsnReturn where value != .text("off"):
            return "not supported: the relay decides how much of a message a notification returns"
        case .aliases: return "not supported: local names such as root are sent to the relay as they stand"
        case .syslog where value != .flag(false):
            return "not supported: the daemon logs to the systemd journal or to its standard error"
        default: return nil
        }
    }
}
