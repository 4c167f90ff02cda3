// The waits of a session with a relay, by the names that `phase_timeouts` has for them.

/// What is waited for.
public enum RelayPhase: String, Hashable, Sendable, CaseIterable {
    /// Finding the host's addresses, and connecting.
    case connect
    case greeting
    /// EHLO, STARTTLS and RSET.
    case command
    case tls
    case auth
    case mail
    case rcpt
    /// The go-ahead for the message.
    case data
    /// The relay's taking each piece of the message.
    case content
    /// The verdict on the message.
    case endOfData = "end_of_data"

    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
