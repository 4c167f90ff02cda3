// Checks every DKIM-Signature of a message in one pass over its body (RFC 6376 6.1). Throws nothing:
// whatever is wrong is a result.
public import MailCore

/// What the DNS says of a key's name.
public enum KeyAnswer: Equatable, Sendable {
    /// The TXT records found, the strings of each joined.
    case records([[UInt8]])
    /// There is no such name, or no TXT record.
    case none
    /// The question could not be answered now; why.
    case temporaryFailure(String)
}

/// A message being verified: made from its header, fed with its body, asked for the results.
public struct Verifier: Sendable {
    private struct Candidate: Sendable {
        /// Where the field stands in the header.
        let position: Int
        let signature: Result<ReceivedSignature, SignatureDefect>
        /// Which of the hashers computes its body hash.
        var hasher: Int?
    }

    private let header: MessageHeader
    private var candidates: [Candidate] = []
    private var hashers: [BodyHasher] = []
    private var recipes: [HashRecipe] = []
    /// How many signatures stand below the last that is looked at; they get no result.
    public let skippedSignatures: Int

    /// Whether this system can verify at all; to be asked before the first verifier is made.
    public static func checkCryptography() throws(DKIMError) { try SHA256.requireAvailable() }

    /// Looks at the first signatures from the top, no more than `maximumSignatures` (RFC 6376 6.1 allows a limit).
    public init(header: MessageHeader, maximumSignatures: Int = 10) {
        self.header = header
        let positions = header.fields.indices.filter { header.fields[$0].isNamed("DKIM-Signature") }
        skippedSignatures = max(0, positions.count - maximumSignatures)
        for position in positions.prefix(maximumSignatures) {
            let signature = ReceivedSignature.read(header.fields[position])
            let index = (try? signature.get()).map { hasher(for: $0) }
            candidates.append(Candidate(position: position, signature: signature, hasher: index))
        }
    }

    /// The names at which `finish` may ask for keys, for a caller that must ask beforehand.
    public var keyNames: [String] { candidates.compactMap { try? $0.signature.get().keyName } }

    /// Takes the next bytes of the body, with CRLF line ends; where it is split does not matter.
    public mutating func update(_ chunk: Span<UInt8>) {
        for index in hashers.indices { hashers[index].update(chunk) }
    }

    /// Takes the next bytes of the body, with CRLF line ends; where it is split does not matter.
    public mutating func update(_ chunk: [UInt8]) { update(chunk.span) }

    /// A result for each signature, from the top of the header down; none for an unsigned message.
    /// `now` is in seconds since 1970.
    public consuming func finish(at now: Int64, lookUp: (String) -> KeyAnswer) -> [SignatureResult] {
        let bodyHashes = hashers.map { $0.finish() }
        let header = header
        return candidates.map { candidate in
            var check = SignatureCheck(header: header, position: candidate.position, now: now)
            let bodyHash = candidate.hasher.map { bodyHashes[$0] }
            let defect = check.defect(of: candidate.signature, bodyHash, lookUp)
            return SignatureResult(
                defect, of: header.fields[candidate.position], try? candidate.signature.get(), check)
        }
    }

    private mutating func hasher(for signature: ReceivedSignature) -> Int {
        let recipe = HashRecipe(
            canonicalization: signature.bodyCanonicalization, limit: signature.bodyLength)
        if let index = recipes.firstIndex(of: recipe) { return index }
        recipes.append(recipe)
        hashers.append(BodyHasher(recipe.canonicalization, limit: recipe.limit))
        return hashers.count - 1
    }
}

/// Signatures with the same one share a body hash.
private struct HashRecipe: Equatable, Sendable {
    let canonicalization: Canonicalization
    let limit: UInt64?
}

extension SignatureResult {
    /// Names the signature by those of its tags that are fit to be shown.
    fileprivate init(
        _ defect: SignatureDefect?, of field: HeaderField, _ signature: ReceivedSignature?,
        _ check: SignatureCheck
    ) {
        let tags = try? TagList(field.value)
        verdict = defect?.verdict ?? .pass
        reason = defect?.reason
        isTesting = check.isTesting
        keyBits = check.keyBits
        canonicalization = signature.map {
            "\($0.headerCanonicalization.rawValue)/\($0.bodyCanonicalization.rawValue)"
        }
        time = signature?.time
        expiration = signature?.expiration
        keyName = signature?.keyName
        domain = tags?.text("d").flatMap { DomainName.isValid($0) ? $0 : nil }
        selector = tags?.text("s").flatMap { DomainName.isValid($0) ? $0 : nil }
        identity = tags?["i"].flatMap { QuotedPrintable.decode($0) }.flatMap {
            Self.isShowable($0) ? $0 : nil
        }
        algorithm = tags?.text("a").flatMap { DomainName.isValid($0) ? $0 : nil }
        let start = tags?["b"].map { $0.lazy.filter { $0 > ASCII.space }.prefix(8) }
        signatureStart = start.map { String(decoding: $0, as: UTF8.self) }.flatMap {
            Base64.decode($0.utf8) == nil ? nil : $0
        }
    }

    private static func isShowable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value > 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != "\"" }
    }
}
