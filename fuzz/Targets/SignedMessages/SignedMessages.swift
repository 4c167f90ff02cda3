// A message's whole way from its caller to a receiver: line ends mended, header prepared, signed, written,
// read again and verified. Whatever it is, its signature passes; after a change it does not.
import DKIMCore
import FuzzSupport
import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        var bytes = bytes
        let choice = bytes.popChoice()
        guard var message = Message(wire: normalized(bytes)) else { return }
        checkForeign(message)
        let preparation = Preparation(
            date: DateTime(secondsSinceEpoch: 0), domain: "example.org", uniqueToken: "token",
            qualifyDomain: choice & 32 == 0 ? nil : "example.net")
        let envelope = Envelope(reversePath: .null, recipients: [])
        message.header = preparation.prepared(message.header, for: envelope)
        demand(preparation.prepared(message.header, for: envelope) == message.header, "once is enough")
        // To a resent message no From is added (RFC 5322 3.6.6), and without one nothing is signed.
        guard message.header.first(named: "From") != nil else { return }
        try sign(&message, choice)
        guard let received = Message(wire: message.wire) else { return demand(false, "it can be read") }
        demand(received == message, "what is received is what was signed")
        check(received)
    }
}

private struct Message: Equatable {
    var header: MessageHeader
    var body: [UInt8]

    /// Nil where the header is too large.
    init?(wire: [UInt8]) {
        var reader = MessageReader()
        body = []
        guard (try? reader.read(wire.span, body: &body)) != nil, (try? reader.finish(body: &body)) != nil,
            let header = reader.header
        else { return nil }
        self.header = header
    }

    var wire: [UInt8] { header.serialized + [ASCII.cr, ASCII.lf] + body }

    func results() -> [SignatureResult] {
        var verifier = Verifier(header: header)
        verifier.update(body)
        return verifier.finish(at: now, lookUp: answer)
    }
}

private let now: Int64 = 1_800_000_000
private let ed25519 = Result { try SigningKey.generate(.ed25519SHA256) }
private let rsa = Result { try SigningKey.generate(.rsaSHA256, bits: 1024) }
private let records = [ed25519, rsa].map { try? Array(KeyRecord(for: $0.get()).text.utf8) }

/// Selectors that begin with an r name the RSA key, all others the other one.
private func answer(_ name: String) -> KeyAnswer {
    records[name.hasPrefix("r") ? 1 : 0].map { .records([$0]) } ?? .none
}

private func normalized(_ bytes: [UInt8]) -> [UInt8] {
    var lineEnds = LineEnds()
    var output: [UInt8] = []
    lineEnds.normalize(bytes.span, into: &output)
    lineEnds.finish(into: &output)
    return output
}

/// The choice's bits: both canonicalizations, the key, and whether everything is signed once more.
private func sign(_ message: inout Message, _ choice: UInt8) throws {
    var policy = Signer.Policy()
    policy.headerCanonicalization = choice & 1 == 0 ? .relaxed : .simple
    policy.bodyCanonicalization = choice & 2 == 0 ? .relaxed : .simple
    if choice & 4 != 0 { policy.fields.oversigned = policy.fields.signed }
    // RSA takes its time.
    let (key, selector) = choice & 24 == 24 ? (rsa, "r") : (ed25519, "e")
    let signer = try Signer(domain: "example.org", selector: selector, key: key.get(), policy: policy)
    var hasher = signer.makeBodyHasher()
    hasher.update(message.body)
    let toSign = MessageToSign(message.header, envelope: nil, at: now)
    message.header.fields.insert(try signer.signature(for: toSign, bodyHash: hasher.finish()), at: 0)
}

private func check(_ message: Message) {
    demand(message.results().first?.verdict == .pass, "the signature passes: \(message.results())")
    var longer = message
    longer.body.append(UInt8(ascii: "x"))
    demand(longer.results().first?.verdict == .fail, "it fails for a longer body")
    var forged = message
    forged.header.fields.insert(HeaderField(name: "From", value: "forged@example.com"), at: 1)
    demand(forged.results().first?.verdict == .fail, "it fails with a second From")
}

/// Signatures that the message had before.
private func checkForeign(_ message: Message) {
    let results = message.results()
    let signatures = message.header.fields(named: "DKIM-Signature").count
    demand(results.count == min(signatures, 10), "each signature has a result")
    demand(results.allSatisfy { $0.verdict != .pass }, "no foreign signature passes")
    for split in message.body.splits {
        var verifier = Verifier(header: message.header)
        for piece in split { verifier.update(piece.span) }
        demand(verifier.finish(at: now, lookUp: answer) == results, "a split changes nothing")
    }
}
