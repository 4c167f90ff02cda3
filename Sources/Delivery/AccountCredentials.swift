// Gives the SMTP client an account's login when a session needs it.
public import MailCore
public import SASL
public import SMTPClient
public import SmarthostConfiguration

/// The credentials of the configured accounts.
public struct AccountCredentials: CredentialSource {
    private let configuration: Configuration
    private let passwords: Passwords

    public init(_ configuration: Configuration, _ passwords: Passwords) {
        self.configuration = configuration
        self.passwords = passwords
    }

    public func credentials(for login: Login) async throws(DeliveryFailure) -> SASLCredentials {
        guard let credentials = configured(login.account) else {
            throw Self.failure("account \(login.account) has no password for user \(login.user)")
        }
        do throws(PasswordProblem) {
            return SASLCredentials(credentials, try await passwords.password(for: credentials))
        } catch {
            throw Self.failure("account \(login.account): \(error)")
        }
    }

    public func renewed(_ refused: SASLCredentials, for login: Login) async -> SASLCredentials? {
        guard let credentials = configured(login.account),
            let secret = await passwords.renewed(Secret(refused.password), for: credentials)
        else { return nil }
        return SASLCredentials(credentials, secret)
    }

    /// The relay refused the login: the password is had anew for the next one.
    public func forget(account name: String) async {
        if let credentials = configured(name) { await passwords.forget(credentials) }
    }

    private func configured(_ name: String) -> Credentials? {
        guard let account = configuration.account(named: name),
            case .relay(let relay) = account.route, case .on(let credentials, _) = relay.authentication
        else { return nil }
        return credentials
    }

    private static func failure(_ text: String) -> DeliveryFailure {
        DeliveryFailure(.transient, .relay, .authentication, text)
    }
}

extension SASLCredentials {
    fileprivate init(_ credentials: Credentials, _ secret: Secret) {
        self.init(user: credentials.user, password: secret.reveal(), domain: credentials.domain ?? "")
    }
}
