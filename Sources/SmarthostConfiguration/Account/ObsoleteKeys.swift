// The keys that msmtp itself keeps for old files: what one writes today instead.

extension AccountKey {
    /// Today's key and argument for an obsolete setting; nil where the key is not obsolete or stays as it is.
    func modern(_ value: Value) -> (key: AccountKey, value: Value, shown: String)? {
        switch (self, value) {
        case (.connectTimeout, .duration(let duration)):
            (.timeout, value, "\(duration.components.seconds)")
        case (.connectTimeout, _): (.timeout, value, "off")
        case (.undisclosedRecipients, .flag(let on)):
            Self.keyword(.setToHeader, on ? "undisclosed_recipients" : "off")
        case (.addMissingFromHeader, .flag(let on)): Self.keyword(.setFromHeader, on ? "auto" : "off")
        case (.addMissingDateHeader, .flag(let on)): Self.keyword(.setDateHeader, on ? "auto" : "off")
        case (.keepBcc, .flag(let on)): Self.flag(.removeBccHeaders, !on)
        case (.tlsNoCertCheck, _): Self.flag(.tlsCertCheck, false)
        case (.tlsNoStartTLS, _): Self.flag(.tlsStartTLS, false)
        default: nil
        }
    }

    private static func keyword(_ key: AccountKey, _ word: String) -> (AccountKey, Value, String) {
        (key, .text(word), word)
    }

    private static func flag(_ key: AccountKey, _ on: Bool) -> (AccountKey, Value, String) {
        (key, .flag(on), on ? "on" : "off")
    }

    var isObsolete: Bool {
        switch self {
        case .connectTimeout, .undisclosedRecipients, .addMissingFromHeader, .addMissingDateHeader, .autoFrom,
            .mailDomain, .keepBcc, .tlsNoCertCheck, .tlsNoStartTLS, .tlsForceSSLv3:
            true
        default: false
        }
    }
}
