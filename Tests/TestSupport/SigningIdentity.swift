// A DKIM key made once for the whole run, and the check that a receiver of the mail makes.
public import DKIMCore
public import Glibc
public import MailCore

public struct SigningIdentity: Sendable {
    public let pem: [UInt8]
    private let record: KeyRecord

    public static let shared = Result { try SigningIdentity() }

    public init() throws {
        let key = try SigningKey.generate()
        var pem: [UInt8] = []
        try key.withPEM { span in span.withUnsafeBytes { pem = Array($0) } }
        self.pem = pem
        record = try KeyRecord(for: key)
    }

    /// `dkim=pass …` for each signature of a message as it came over the wire; `now`, in seconds, is the
    /// receiver's clock.
    public func results(for message: [UInt8], at now: Int64 = Int64(time(nil))) -> [SignatureResult] {
        let (header, body) = splitMessage(message)
        var verifier = Verifier(header: header)
        verifier.update(body)
        return verifier.finish(at: now) { _ in .records([Array(record.text.utf8)]) }
    }

    /// Whether there is one signature, of that domain, and it is good.
    public func signs(_ message: [UInt8], domain: String, at now: Int64 = Int64(time(nil))) -> Bool {
        let results = results(for: message, at: now)
        return results.count == 1 && results[0].verdict == .pass && results[0].domain == domain
    }
}

/// Header and body of a message with CRLF line ends.
public func splitMessage(_ message: [UInt8]) -> (header: MessageHeader, body: [UInt8]) {
    var reader = MessageReader(limit: .max)
    var body: [UInt8] = []
    try? reader.read(message.span, body: &body)
    try? reader.finish(body: &body)
    return (reader.header ?? MessageHeader(fields: []), body)
}
