// A name's TXT records, from the system's name servers or from one that is named. It blocks, 20 seconds at
// most, so a running daemon does it on a worker. Whatever a server answers becomes a value.

/// What DNS says of a name's TXT records.
public enum TextRecordAnswer: Hashable, Sendable {
    /// Each record's strings, in the order of the answer.
    case found([[[UInt8]]])
    /// That name does not exist (NXDOMAIN): the one asked for, or the one where its aliases end.
    case noSuchName(String)
    /// That name, the same, exists but has no TXT record.
    case noTextRecord(String)
    /// CNAMEs that come back to one of them, or more in a row than anybody follows: the names, in order.
    case aliasLoop([String])
    /// No server could tell; asking again may help.
    case failure(TextRecordFailure)
}

/// Why there is no answer.
public struct TextRecordFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable, Error {
        /// SERVFAIL: the server is broken, or cannot reach those that know.
        case serverFailure
        /// REFUSED: the server does not answer us about this name.
        case refused
        /// The server points to others: it does not hold this name, and asks nobody.
        case referral
        /// Nothing came in time, or there is no server there.
        case noAnswer
        /// What came is no DNS message, or contradicts itself.
        case unreadable
        /// Another error code of the DNS (RCODE).
        case code(UInt8)
    }

    public let kind: Kind
    /// The name that was asked for last: behind a CNAME another one than at first.
    public let name: String
    /// The server's address, such as `192.0.2.53:53`.
    public let server: String

    public init(_ kind: Kind, name: String, server: String) {
        self.kind = kind
        self.name = name
        self.server = server
    }

    public var description: String {
        switch kind {
        case .serverFailure: "the name server \(server) failed (SERVFAIL)"
        case .refused: "the name server \(server) refused to answer (REFUSED)"
        case .referral: "the name server \(server) does not hold this name and asks no other"
        case .noAnswer: "the name server \(server) did not answer"
        case .unreadable: "the answer of the name server \(server) cannot be read"
        case .code(let code): "the name server \(server) answered with the error code \(code)"
        }
    }
}

/// Looks up a name's TXT records, and those of the name it is an alias of. Without `server` those of
/// resolv.conf(5) are asked.
public func lookUpTextRecords(_ name: String, server: DNSServer? = nil) -> TextRecordAnswer {
    guard let asked = DNSName(name) else { return .noSuchName(name) }
    let exchange = server.map { DNSExchange(servers: [$0]) } ?? .system()
    return TextRecordSearch(ask: exchange.ask).answer(for: asked)
}
