// Why a message or one recipient was not delivered: the one error of the relay side. What is unknown
// is transient: a message is tried again rather than given up.

/// A failed attempt, with everything that the queue, the log and the caller need to know of it.
public struct DeliveryFailure: Error, Equatable, Sendable {
    /// Whether trying again can help.
    public enum Disposition: Sendable { case transient, permanent }

    /// What it concerns: the way to the relay (every message waits), this message, or one recipient.
    public enum Scope: Sendable { case relay, message, recipient }

    /// The step of the dialogue in which it happened.
    public enum Phase: String, Sendable {
        case configuration, resolve, connect, greeting, hello = "EHLO", startTLS = "STARTTLS"
        case tlsHandshake = "TLS handshake", authentication = "AUTH", mail = "MAIL FROM", recipient =
            "RCPT TO"
        case data = "DATA", content, endOfData = "end of data", reset = "RSET", signing, storage
    }

    /// What one phase has several of, where that makes a difference to the person who mends it.
    public enum Cause: Sendable {
        /// The host answered, and nothing listens there.
        case portClosed
        /// Nothing answered at all: a firewall drops what is sent, or the host is down.
        case noAnswer
        /// The peer speaks something else than TLS.
        case notTLS
        /// The relay's certificate is not accepted.
        case certificate
    }

    public let disposition: Disposition
    public let scope: Scope
    public let phase: Phase
    public let cause: Cause?
    /// The relay's own words, where it had any.
    public let reply: Reply?
    /// One line for a person: what is wrong, where, and what to do.
    public let text: String
    /// The code of a failure that this side found before the relay could.
    private let ownEnhanced: EnhancedStatusCode?

    public init(
        _ disposition: Disposition, _ scope: Scope, _ phase: Phase, reply: Reply? = nil,
        enhanced: EnhancedStatusCode? = nil, cause: Cause? = nil, _ text: String
    ) {
        self.disposition = disposition
        self.scope = scope
        self.phase = phase
        self.cause = cause
        self.reply = reply
        self.text = text
        ownEnhanced = enhanced
    }

    /// The enhanced status code of the relay or of this side's own finding, else the most general one of
    /// the right class (RFC 3463).
    public var enhanced: EnhancedStatusCode {
        if let enhanced = reply?.enhanced ?? ownEnhanced { return enhanced }
        let statusClass = disposition == .permanent ? 5 : 4
        return switch phase {
        case .resolve, .connect, .greeting: EnhancedStatusCode(statusClass, 4, 1)
        case .configuration, .storage: EnhancedStatusCode(statusClass, 3, 0)
        case .startTLS, .tlsHandshake, .authentication, .signing: EnhancedStatusCode(statusClass, 7, 0)
        case .mail: EnhancedStatusCode(statusClass, 1, 8)
        case .recipient: EnhancedStatusCode(statusClass, 1, 1)
        case .hello, .data, .content, .endOfData, .reset: EnhancedStatusCode(statusClass, 0, 0)
        }
    }

    /// Whether the relay may have taken the message although it did not say so (RFC 1047): the
    /// connection was lost between the end of the data and its reply.
    public var mayHaveBeenDelivered: Bool { phase == .endOfData && reply == nil }
}
