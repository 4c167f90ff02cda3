// What became of a message on one session, recipient by recipient.
public import MailCore

/// The result of one attempt.
public struct DeliveryReport: Equatable, Sendable {
    public enum Outcome: Equatable, Sendable {
        case delivered(Reply)
        case failed(DeliveryFailure)
    }

    /// One for each recipient, in the envelope's order.
    public let outcomes: [Outcome]
    /// Whether the session can carry another message.
    public let sessionIsReusable: Bool
    /// Whether the connection turned out to be dead before the relay took notice of the message: nothing
    /// of its content was read, and another session may be tried at once.
    public let sessionWasDead: Bool

    /// The same failure for all.
    public init(_ failure: DeliveryFailure, recipients: Int) {
        outcomes = Array(repeating: .failed(failure), count: recipients)
        sessionIsReusable = false
        sessionWasDead = false
    }

    init(outcomes: [Outcome], sessionIsReusable: Bool, sessionWasDead: Bool) {
        self.outcomes = outcomes
        self.sessionIsReusable = sessionIsReusable
        self.sessionWasDead = sessionWasDead
    }
}
