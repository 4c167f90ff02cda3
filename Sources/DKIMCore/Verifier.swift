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

    /// The names at which `finish` may ask for keys, in A-labels, for a caller that must ask beforehand.
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
            let claims = (try? candidate.signature.get()).map { SignatureResult.Claims($0, bodyHash) }
            return SignatureResult(
                defect, claims, of: header.fields[candidate.position], isTesting: check.isTesting,
                keyBits: check.keyBits)
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
