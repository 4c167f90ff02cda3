// What several suites need: messages out of text, canonical bytes, results for a whole message.
import MailCore
import TestSupport

@testable import DKIMCore

/// A message in the form it has on the wire.
struct TestMessage: Sendable {
    var header: MessageHeader
    var body: [UInt8]

    /// Takes text with LF line ends.
    init(_ text: String) { self.init(wire: Self.wire(text)) }

    init(wire bytes: [UInt8]) {
        (header, body) = partedOnWire(bytes)
    }

    static func wire(_ text: String) -> [UInt8] {
        Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
    }

    func signed(by signer: Signer, at time: Int64 = 1_000) throws -> TestMessage {
        var hasher = signer.makeBodyHasher()
        hasher.update(body)
        var copy = self
        copy.header.fields.insert(
            try signer.signature(
                for: MessageToSign(header, envelope: nil, at: time), bodyHash: hasher.finish()), at: 0)
        return copy
    }

    /// A field with those tags on top, which end with a semicolon, over From and the body, simple/simple unless
    /// they say otherwise; `prefix` is the part of the body that is hashed.
    func signed(tags: String, prefix: [UInt8]? = nil) throws -> TestMessage {
        let tags = tags + " h=From; bh=\(Base64.encode(SHA256.digest(of: prefix ?? body))); b="
        let unsigned = HeaderField(name: "DKIM-Signature", value: tags)
        let digest = headerDigest(of: FieldStack(header.fields).take(["from"]), unsigned: unsigned, .simple)
        let signature = try TestKeys.key(.ed25519SHA256).privateKey.signature(of: digest)
        var copy = self
        copy.header.fields.insert(
            HeaderField(name: "DKIM-Signature", value: tags + Base64.encode(signature)), at: 0)
        return copy
    }

    func verify(at now: Int64 = 1_000, _ lookUp: (String) -> KeyAnswer) -> [SignatureResult] {
        var verifier = Verifier(header: header)
        verifier.update(body)
        return verifier.finish(at: now, lookUp: lookUp)
    }
}

struct Collector: CanonicalSink {
    var bytes: [UInt8] = []
    mutating func append(_ run: Span<UInt8>) { for index in run.indices { bytes.append(run[index]) } }
}

func canonicalBody(_ chunks: [ArraySlice<UInt8>], _ canonicalization: Canonicalization) -> [UInt8] {
    var collector = Collector()
    var canonicalizer = BodyCanonicalizer(canonicalization)
    for chunk in chunks { canonicalizer.update(chunk.span, into: &collector) }
    canonicalizer.finish(into: &collector)
    return collector.bytes
}

func canonicalBody(_ text: String, _ canonicalization: Canonicalization) -> String {
    String(decoding: canonicalBody([Array(text.utf8)[...]], canonicalization), as: UTF8.self)
}

func canonicalField(_ field: HeaderField, _ canonicalization: Canonicalization) -> [UInt8] {
    var bytes: [UInt8] = []
    canonicalization.append(field, to: &bytes)
    return bytes
}

/// Records by name, as the DNS would have them.
func answers(_ records: [String: String]) -> (String) -> KeyAnswer {
    { name in records[name].map { .records([Array($0.utf8)]) } ?? .none }
}

/// Keys made once for the whole run: RSA takes a while.
enum TestKeys {
    static let rsa = Result { try SigningKey.generate(.rsaSHA256, bits: 2048) }
    static let ed25519 = Result { try SigningKey.generate(.ed25519SHA256) }

    static func key(_ algorithm: SignatureAlgorithm) throws -> SigningKey {
        try (algorithm == .rsaSHA256 ? rsa : ed25519).get()
    }

    static func record(_ algorithm: SignatureAlgorithm) throws -> String {
        try KeyRecord(for: key(algorithm)).text
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
