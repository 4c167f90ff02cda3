// Providers whose login does not take what one types into their web site, known by the name of their relay.

enum MailProvider: CaseIterable {
    case gmail, outlook, microsoft365, yahoo, aol, iCloud, fastmail, sendGrid, amazonSES, postmark

    init?(host: some StringProtocol) {
        let name = host.lowercased()
        guard let provider = Self.allCases.first(where: { $0.domains.contains { Self.is(name, in: $0) } })
        else { return nil }
        self = provider
    }

    private static func `is`(_ name: String, in domain: String) -> Bool {
        name == domain || name.hasSuffix("." + domain)
    }

    private var domains: [String] {
        switch self {
        case .gmail: ["gmail.com", "googlemail.com"]
        case .outlook: ["smtp-mail.outlook.com", "smtp.live.com", "smtp.hotmail.com"]
        case .microsoft365: ["office365.com"]
        case .yahoo: ["yahoo.com"]
        case .aol: ["aol.com"]
        case .iCloud: ["smtp.mail.me.com"]
        case .fastmail: ["fastmail.com"]
        case .sendGrid: ["sendgrid.net"]
        case .amazonSES: ["amazonaws.com"]
        case .postmark: ["postmarkapp.com"]
        }
    }

    /// What to log in with instead.
    var loginHint: String {
        switch self {
        case .gmail:
            "Gmail wants an app password here, not that of the account: switch on 2-Step Verification, make one, and "
                + "set it as password"
        case .outlook:
            "Outlook.com takes no account password here: use OAuth, or an app password where one can still be made"
        case .microsoft365:
            "Microsoft 365 takes an app password or OAuth here, and only where the administrator has switched on "
                + "authenticated SMTP for the mailbox"
        case .yahoo, .aol, .iCloud, .fastmail:
            "this provider wants an app password here, not that of the account: make one in the account's security "
                + "settings"
        case .sendGrid: "SendGrid wants the word apikey as user, and an API key as password"
        case .amazonSES:
            "Amazon SES wants SMTP credentials of the same region here, not the access keys of the account"
        case .postmark: "Postmark wants the server's API token as user and as password"
        }
    }
}
