// The mechanisms that this module offers, and which of those a server offers to take.

/// What one mechanism asks for and protects.
struct Mechanism: Sendable {
    /// What the client proves its right with.
    enum Proof {
        case password
        /// An OAuth access token, which travels as it is.
        case token
        /// Something outside of SASL: a client certificate, a Kerberos ticket.
        case outside
    }

    let name: String
    /// Whether the client speaks first (RFC 4422 3): then its first response may go with AUTH.
    let sendsFirst: Bool
    /// The number of responses after which this side has nothing more to say, the empty one to a server's
    /// proof included; nil where libgsasl counts.
    let responses: Int?
    let proof: Proof
    /// Whether the exchange is tied to the TLS session (RFC 5929, RFC 9266).
    let isBound: Bool

    init(
        _ name: String, sendsFirst: Bool, responses: Int?, proof: Proof = .password, isBound: Bool = false
    ) {
        self.name = name
        self.sendsFirst = sendsFirst
        self.responses = responses
        self.proof = proof
        self.isBound = isBound
    }

    /// Those that `auth on` may take, the strongest first: msmtp's order.
    static let automatic = [
        Mechanism("SCRAM-SHA-256-PLUS", sendsFirst: true, responses: 3, isBound: true),
        Mechanism("SCRAM-SHA-1-PLUS", sendsFirst: true, responses: 3, isBound: true),
        Mechanism("SCRAM-SHA-256", sendsFirst: true, responses: 3),
        Mechanism("SCRAM-SHA-1", sendsFirst: true, responses: 3),
        Mechanism("PLAIN", sendsFirst: true, responses: 1),
        Mechanism("CRAM-MD5", sendsFirst: false, responses: 1),
        Mechanism("DIGEST-MD5", sendsFirst: false, responses: 2),
        // LOGIN has an initial response in few servers only.
        Mechanism("LOGIN", sendsFirst: false, responses: 2),
        Mechanism("NTLM", sendsFirst: true, responses: 2),
    ]

    /// Those for a token: the standard before what came before it.
    static let token = [
        Mechanism("OAUTHBEARER", sendsFirst: true, responses: 1, proof: .token),
        Mechanism("XOAUTH2", sendsFirst: true, responses: 1, proof: .token),
    ]

    static let all =
        automatic + token + [
            Mechanism("EXTERNAL", sendsFirst: true, responses: 1, proof: .outside),
            Mechanism("GSSAPI", sendsFirst: true, responses: nil, proof: .outside),
        ]

    static func named(_ name: String) -> Mechanism? {
        let name = name.uppercased()
        return all.first { $0.name == name }
    }

    /// Whether whoever listens, or a server that only pretends, gets nothing that is worth having.
    var keepsThePassword: Bool { name.hasPrefix("SCRAM-") }
}

/// The strongest mechanism that both sides have; nil where there is none. Without TLS, and where the exchange
/// leaves this machine, only SCRAM is taken, as in msmtp: from the others who listens learns the password, of
/// PLAIN and LOGIN at once, of CRAM-MD5 and its like by guessing fast until the digest fits. `canBind` tells
/// whether there is a TLS session that -PLUS can bind to.
public func strongestMechanism(offered: [String], isProtected: Bool, canBind: Bool = false) -> String? {
    let usable = Mechanism.automatic.filter { mechanism in
        (isProtected || mechanism.keepsThePassword) && (canBind || !mechanism.isBound)
    }
    return first(of: usable, offered)
}

/// The mechanism for an access token that both sides have; nil where there is none. A token is as good as a
/// password, and goes as it is.
public func tokenMechanism(offered: [String], isProtected: Bool) -> String? {
    isProtected ? first(of: Mechanism.token, offered) : nil
}

private func first(of mechanisms: [Mechanism], _ offered: [String]) -> String? {
    let offered = Set(offered.map { $0.uppercased() })
    return mechanisms.first { offered.contains($0.name) && SASLClient.isSupported($0.name) }?.name
}
