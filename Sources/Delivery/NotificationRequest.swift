// From an account's dsn_notify and dsn_return to what the SMTP client asks of a relay that offers DSN.
public import SMTPClient
public import SmarthostConfiguration

extension NotificationRequest {
    /// Nil where the account leaves everything to the relay.
    public init?(_ rules: NotificationRules) {
        if rules.occasions == nil, rules.extent == nil { return nil }
        self.init(rules.occasions.map(Wish.init), extent: rules.extent.map(Extent.init))
    }
}

extension NotificationRequest.Wish {
    fileprivate init(_ occasions: Set<NotificationRules.Occasion>) {
        self = occasions.isEmpty ? .never : .on(Set(occasions.map(NotificationRequest.Occasion.init)))
    }
}

extension NotificationRequest.Occasion {
    fileprivate init(_ occasion: NotificationRules.Occasion) {
        switch occasion {
        case .success: self = .success
        case .failure: self = .failure
        case .delay: self = .delay
        }
    }
}

extension NotificationRequest.Extent {
    fileprivate init(_ extent: NotificationRules.Extent) {
        switch extent {
        case .headers: self = .headers
        case .full: self = .full
        }
    }
}
