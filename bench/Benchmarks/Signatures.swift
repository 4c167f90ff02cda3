// DKIMCore alone on one core, in CPU time as openssl speed measures it: signatures against bare RSA,
// canonicalization with its hash against bare SHA-256. Throws BenchmarkFailure.
import DKIMCore
import LinuxIO
import MailCore

enum Signatures {
    static func run(_ place: Workplace) throws(BenchmarkFailure) {
        let signatures = try Yardsticks.signaturesOnOneCore()
        let own = try signaturesPerSecond(place)
        let hashed = try Yardsticks.sha256()
        Report.reading("openssl's signatures", "\(decimal(signatures))/s")
        Report.reading("DKIM-Signature fields", "\(decimal(own))/s")
        Report.ratio(
            "signatures", own / signatures, of: "DKIM-Signature fields/s over openssl's rsa2048 sign/s")
        Report.reading("openssl's SHA-256, 16 KB blocks", "\(decimal(hashed / 1e6)) MB/s")
        for canonicalization in Canonicalization.allCases {
            let rate = bytesPerSecond(canonicalization)
            Report.reading("body hash, \(canonicalization)", "\(decimal(rate / 1e6)) MB/s")
            Report.ratio(
                "body hash, \(canonicalization)", rate / hashed, of: "bytes/s over openssl's SHA-256")
        }
    }

    private static func signaturesPerSecond(_ place: Workplace) throws(BenchmarkFailure) -> Double {
        let pem = try place.read(place.signingKey)
        let (header, body) = parted(wire(sampleMessage(size: 10_240)))
        do throws(DKIMError) {
            let signer = try Signer(domain: "bench.example", selector: "bench", key: SigningKey(pem: pem))
            var hasher = signer.makeBodyHasher()
            hasher.update(body)
            let hash = hasher.finish()
            let message = MessageToSign(header, envelope: nil, at: 1_800_000_000)
            return try perSecond(units: 1) { () throws(DKIMError) in
                for _ in 0..<100 { _ = try signer.signature(for: message, bodyHash: hash) }
                return 100
            }
        } catch {
            throw BenchmarkFailure("\(error)")
        }
    }

    private static func bytesPerSecond(_ canonicalization: Canonicalization) -> Double {
        let body = wire(sampleMessage(size: 4 << 20))
        return perSecond(units: body.count) {
            var hasher = BodyHasher(canonicalization)
            var rest = body[...]
            while !rest.isEmpty {
                hasher.update(rest.prefix(65_536))
                rest = rest.dropFirst(65_536)
            }
            precondition(hasher.finish().length > 0)
            return 1
        }
    }

    /// Repeats the work for two CPU seconds.
    static func perSecond<Failure: Error>(
        units: Int, _ work: () throws(Failure) -> Int
    ) throws(Failure) -> Double {
        let start = ownProcessorSeconds(ofThread: true)
        var count = 0
        while ownProcessorSeconds(ofThread: true) - start < 2 { count += try work() }
        return Double(count * units) / (ownProcessorSeconds(ofThread: true) - start)
    }
}

/// A received message's signature against the public key.
func hasValidSignature(_ message: [UInt8], publicKeyPEM: [UInt8]) -> Bool {
    guard let record = KeyRecord(publicKeyPEM: publicKeyPEM) else { return false }
    let (header, body) = parted(message)
    var verifier = Verifier(header: header)
    verifier.update(body)
    let results = verifier.finish(at: Host.milliseconds / 1000) { _ in .records([Array(record.text.utf8)]) }
    return results.count == 1 && results[0].verdict == .pass
}

func wire(_ message: [UInt8]) -> [UInt8] {
    var lineEnds = LineEnds()
    var bytes: [UInt8] = []
    lineEnds.normalize(message.span, into: &bytes)
    lineEnds.finish(into: &bytes)
    return bytes
}

func parted(_ message: [UInt8]) -> (MessageHeader, body: [UInt8]) {
    var reader = MessageReader()
    var body: [UInt8] = []
    try? reader.read(message.span, body: &body)
    try? reader.finish(body: &body)
    return (reader.header ?? MessageHeader(fields: []), body)
}
