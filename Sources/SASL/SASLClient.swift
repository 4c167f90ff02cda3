// The client's side of one SASL exchange (RFC 4422). Challenges and responses are raw bytes: base64 belongs
// to the protocol around it. Throws SASLFailure; the exchange is then over.
internal import CGSASL

/// Whatever leads an exchange: libgsasl, or this module itself where libgsasl has no such mechanism.
protocol Exchange: AnyObject {
    /// Answers a challenge. `isComplete` counts only where the mechanism's table gives no number of responses.
    func step(_ challenge: [UInt8]) throws(SASLFailure) -> (response: [UInt8], isComplete: Bool)
    /// What the server said of its refusal within the exchange.
    var complaint: String? { get }
}

extension Exchange {
    var complaint: String? { nil }
}

/// Where the exchange takes place.
public struct SASLServer: Sendable {
    /// One of GSSAPI's names, "smtp" or "lmtp".
    public var service: String
    public var host: String
    /// Nil for a Unix socket.
    public var port: UInt16?
    /// The TLS session around it, where it can be bound to.
    public var binding: ChannelBinding?

    public init(service: String, host: String, port: UInt16? = nil, binding: ChannelBinding? = nil) {
        self.service = service
        self.host = host
        self.port = port
        self.binding = binding
    }
}

/// One exchange with one server.
///
/// `@unchecked Sendable`: one task uses it, and hands it to a worker and back for each step.
public final class SASLClient: @unchecked Sendable {
    private let mechanism: Mechanism
    private let exchange: any Exchange
    private var responses = 0

    /// Whether this mechanism can be used; its name in any case.
    public static func isSupported(_ mechanism: String) -> Bool {
        guard let mechanism = Mechanism.named(mechanism) else { return false }
        return mechanism.proof == .token || LibraryExchange.supports(mechanism)
    }

    /// An exchange with that server.
    public init(
        mechanism name: String, credentials: SASLCredentials, server: SASLServer
    ) throws(SASLFailure) {
        guard let mechanism = Mechanism.named(name) else { throw Self.unsupported(name) }
        try credentials.check(for: mechanism)
        self.mechanism = mechanism
        exchange =
            mechanism.proof == .token
            ? TokenExchange(mechanism, credentials, server)
            : try LibraryExchange(mechanism, credentials, server)
    }

    /// The same at a host, for mechanisms that need to know no more.
    public convenience init(
        mechanism: String, credentials: SASLCredentials, service: String, host: String
    ) throws(SASLFailure) {
        try self.init(
            mechanism: mechanism, credentials: credentials, server: SASLServer(service: service, host: host))
    }

    /// Whether the client speaks first: then the first step takes no challenge.
    public var sendsFirst: Bool { mechanism.sendsFirst }

    /// What the server said of its refusal within the exchange, as OAUTHBEARER and XOAUTH2 do; one line.
    public var complaint: String? { exchange.complaint }

    /// Answers a challenge (an empty one where `sendsFirst` and nothing was said yet). Complete means
    /// that the server's verdict is what comes next: a further challenge is a failure. It may take seconds,
    /// where a server asks for much work (SCRAM) or a ticket has to be had (GSSAPI).
    public func step(_ challenge: [UInt8]) throws(SASLFailure) -> (response: [UInt8], isComplete: Bool) {
        try check(challenge)
        let (response, isComplete) = try exchange.step(challenge)
        responses += 1
        return (response, mechanism.responses.map { $0 == responses } ?? isComplete)
    }

    /// What no mechanism allows.
    private func check(_ challenge: [UInt8]) throws(SASLFailure) {
        // A token's refusal comes as a challenge after all was said (RFC 7628 3.2.3).
        let limit = mechanism.responses.map { mechanism.proof == .token ? $0 + 1 : $0 } ?? 20
        guard responses < limit else {
            throw SASLFailure(
                kind: .challenge,
                description: "\(mechanism.name): the server asks for more after the exchange was complete")
        }
        if mechanism.sendsFirst, responses == 0, !challenge.isEmpty {
            throw SASLFailure(
                kind: .challenge,
                description: "\(mechanism.name): the server sent a challenge where none belongs")
        }
        try checkChallenge(challenge, of: mechanism, after: responses)
    }

    static func unsupported(_ name: String) -> SASLFailure {
        let known = Mechanism.all.map(\.name).joined(separator: ", ")
        return SASLFailure(
            kind: .unsupported,
            description: "the authentication mechanism \(name) is not supported, but \(known) are")
    }
}
