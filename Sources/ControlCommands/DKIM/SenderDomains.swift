// Which `dkim` section signs the mail of which account, as far as `from` tells: From fields that callers write
// are known with the mail only.
internal import IDNA
internal import MailCore
internal import SmarthostConfiguration

struct SenderDomains {
    /// d= of each section, as the DNS knows it.
    let signingDomains: [String]
    /// The authors of each section's mail; those that no section signs under nil.
    private let bySection: [Int?: [AlignmentCheck.Author]]

    /// The authors that no section signs.
    var unsigned: [AlignmentCheck.Author] { bySection[nil] ?? [] }

    init(_ configuration: Configuration) {
        let sections = configuration.dkim
        let domains = sections.map { Self.ascii($0.domain) }
        signingDomains = domains
        var accounts: [Int?: [String: [String]]] = [:]
        for account in configuration.accounts {
            guard account.signing.choice != .off, let domain = Self.domain(of: account) else { continue }
            let section = Self.section(for: domain, account.signing.choice, sections, domains)
            accounts[section, default: [:]][domain, default: []].append(account.name)
        }
        bySection = accounts.mapValues { names in
            names.sorted { $0.key < $1.key }.map { AlignmentCheck.Author(domain: $0.key, accounts: $0.value) }
        }
    }

    /// Where no account's `from` is known, mail from the signing domain itself.
    func authors(signedBy section: Int) -> [AlignmentCheck.Author] {
        bySection[section] ?? [AlignmentCheck.Author(domain: signingDomains[section], accounts: [])]
    }

    private static func section(
        for domain: String, _ choice: SigningChoice, _ sections: [SigningSettings], _ domains: [String]
    ) -> Int? {
        switch choice {
        case .off: return nil
        case .section(let name):
            // The environment's key goes by its domain too.
            return sections.firstIndex { ascii($0.name) == ascii(name) }
                ?? sections.indices.first {
                    sections[$0].scope == .everybody && domains[$0] == ascii(name)
                }
        case .automatic:
            let own = domains.indices.filter {
                sections[$0].scope == .domain
                    && (domain == domains[$0] || domain.hasSuffix(".\(domains[$0])"))
            }
            return own.max { domains[$0].count < domains[$1].count }
                ?? sections.firstIndex { $0.scope == .everybody }
        }
    }

    /// Nil for a pattern, the null reverse-path, and a name without domain.
    private static func domain(of account: Account) -> String? {
        guard case .address(let address) = account.sender.address?.reversePath(author: nil, user: "user")
        else {
            return nil
        }
        return address.domain.map(ascii)
    }

    /// As it is where it is no domain: the configuration's own check tells.
    private static func ascii(_ domain: String) -> String {
        (try? InternationalDomain.ascii(domain)) ?? domain.lowercased()
    }
}
