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
        guard let credentials = configured(login) else {
            throw Self.failure("account \(login.account) has no password for user \(login.user)")
        }
        do throws(PasswordProblem) {
            let password = try await passwords.password(for: credentials)
            return SASLCredentials(user: login.user, password: password.reveal())
        } catch {
            throw Self.failure("account \(login.account): \(error)")
        }
    }

    /// The relay refused the login: the password is had anew for the next one.
    public func forget(account name: String) async {
        guard let account = configuration.account(named: name),
            case .relay(let relay) = account.route, case .on(let credentials, _) = relay.authentication
        else { return }
        await passwords.forget(credentials)
    }

    private func configured(_ login: Login) -> Credentials? {
        guard let account = configuration.account(named: login.account),
            case .relay(let relay) = account.route, case .on(let credentials, _) = relay.authentication
        else { return nil }
        return credentials
    }

    private static func failure(_ text: String) -> DeliveryFailure {
        DeliveryFailure(.transient, .relay, .authentication, text)
    }
}
