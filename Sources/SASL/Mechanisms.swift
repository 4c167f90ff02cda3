// The mechanisms that this module offers, and which of those a server offers to take.

/// What one mechanism asks for and protects.
struct Mechanism: Sendable {
    let name: String
    /// Whether the client speaks first (RFC 4422 3): then its first response may go with AUTH.
    let sendsFirst: Bool
    /// The number of responses after which this side has nothing more to say.
    let responses: Int

    init(_ name: String, sendsFirst: Bool, responses: Int) {
        self.name = name
        self.sendsFirst = sendsFirst
        self.responses = responses
    }

    /// The strongest first, in msmtp's order. LOGIN has an initial response in few servers only.
    static let all = [
        Mechanism("PLAIN", sendsFirst: true, responses: 1),
        Mechanism("CRAM-MD5", sendsFirst: false, responses: 1),
        Mechanism("LOGIN", sendsFirst: false, responses: 2),
    ]

    static func named(_ name: String) -> Mechanism? {
        let name = name.uppercased()
        return all.first { $0.name == name }
    }
}

/// The strongest mechanism that both sides have; nil where there is none. From each of these who
/// listens learns the password, of PLAIN and LOGIN at once, of CRAM-MD5 by guessing until the digest
/// fits: none is chosen unless TLS protects the exchange or it never leaves this machine.
public func strongestMechanism(offered: [String], isProtected: Bool) -> String? {
    guard isProtected else { return nil }
    let offered = Set(offered.map { $0.uppercased() })
    return Mechanism.all.first { offered.contains($0.name) && SASLClient.isSupported($0.name) }?.name
}
