// What became of one recipient in one attempt.

/// A recipient and how the attempt ended for it.
public struct RecipientResult: Equatable, Sendable {
    /// The three ways an attempt can end.
    public enum Outcome: Equatable, Sendable {
        /// Somebody else answers for the message now; the relay's reply, where a relay gave one.
        case delivered(Reply?)
        /// It is tried again.
        case deferred(DeliveryFailure)
        /// It is not tried again.
        case failed(DeliveryFailure)
    }

    public let recipient: EmailAddress
    public let outcome: Outcome

    public init(_ recipient: EmailAddress, _ outcome: Outcome) {
        self.recipient = recipient
        self.outcome = outcome
    }

    /// A failed attempt as its disposition says.
    public init(_ recipient: EmailAddress, _ failure: DeliveryFailure) {
        self.init(recipient, failure.disposition == .permanent ? .failed(failure) : .deferred(failure))
    }

    /// Why it was not delivered.
    public var failure: DeliveryFailure? {
        switch outcome {
        case .delivered: nil
        case .deferred(let failure), .failed(let failure): failure
        }
    }

    public var reply: Reply? {
        switch outcome {
        case .delivered(let reply): reply
        case .deferred(let failure), .failed(let failure): failure.reply
        }
    }
}
