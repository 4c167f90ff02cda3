// Where passwords come from when a session logs in. Routes do not hold them, so that a key of the pool,
// a log line or an error never can.
public import MailCore
public import SASL

/// Whoever has the secrets: a configuration, a file, a command's output.
public protocol CredentialSource: Sendable {
    /// What to log in with, asked for by each new session; on the loop's thread.
    func credentials(for login: Login) async throws(DeliveryFailure) -> SASLCredentials
}

/// The source for relays that ask for no login.
public struct NoCredentials: CredentialSource {
    public init() {}

    public func credentials(for login: Login) async throws(DeliveryFailure) -> SASLCredentials {
        throw DeliveryFailure(
            .transient, .relay, .authentication,
            "account \(login.account) has no password for user \(login.user): set password or passwordeval")
    }
}
