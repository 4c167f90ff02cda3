// Why an exchange could not begin or go on. Its text holds neither the password nor a challenge.

/// A failure on this side of the exchange; a server's refusal is a reply of its protocol.
public struct SASLFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// libgsasl on this machine does not have the mechanism.
        case unsupported
        /// The user or the password is missing, or the mechanism cannot carry it.
        case credentials
        /// The server sent what the mechanism does not allow.
        case challenge
        /// The server could not prove that it knows the password.
        case serverNotAuthentic
        case `internal`
    }

    public let kind: Kind
    /// One line: what is wrong, and what to do about it.
    public let description: String
}
