// msmtp's settings that are known but not acted on. None of them makes mail less safe, so each is a warning that
// says what to use instead.

extension AccountKey {
    /// What is to be said about this setting, if anything.
    func objection(to value: Value) -> String? {
        if self == .tlsForceSSLv3 { return "obsolete and without effect: TLS 1.2 or later is always used" }
        guard value != .unset else { return nil }
        switch self {
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
