// Makes a message's DKIM-Signature field (RFC 6376 5). Pure computation, about 0.4 ms for RSA of 2048 bits:
// it belongs on a worker, and everything here is Sendable for that. Throws DKIMError.
public import MailCore

/// One signing domain, selector and key, with the choices of the signatures it makes. There is no l=: a
/// signature that ends before the body does lets anyone append to the message (RFC 6376 8.2).
public struct Signer: Sendable {
    /// What a signature says and covers beside its key.
    public struct Policy: Equatable, Sendable {
        public var headerCanonicalization = Canonicalization.relaxed
        public var bodyCanonicalization = Canonicalization.relaxed
        public var fields = SignedFields()
        /// i=, an address or `@domain` in the signing domain or below it; nil leaves the tag out.
        public var identity: String?
        /// Whether t= tells the time of signing.
        public var includesTime = true
        /// Seconds from signing until x=, after which a copy of the message sent on by others need not
        /// be believed: 7 days, more than mail waits in queues. Nil leaves the tag out.
        public var lifetime: Int64? = 604_800

        public init() {}
    }

    public let domain: String
    public let selector: String
    public let policy: Policy
    private let key: SigningKey
    private let plan: SigningPlan

    /// Checks names and policy, so that signing later fails on messages only.
    public init(
        domain: String, selector: String, key: SigningKey, policy: Policy = Policy()
    ) throws(DKIMError) {
        try SHA256.requireAvailable()
        guard DomainName.isValid(domain) else { throw .invalidDomain(domain) }
        guard DomainName.isValid(selector) else { throw .invalidSelector(selector) }
        if let identity = policy.identity {
            guard identity.contains("@"),
                DomainName.isName(DomainName.part(ofAddress: identity), inOrBelow: domain)
            else { throw .invalidIdentity(identity) }
        }
        if let lifetime = policy.lifetime, lifetime < 1 { throw .invalidLifetime }
        plan = try SigningPlan(policy.fields)
        self.domain = domain
        self.selector = selector
        self.policy = policy
        self.key = key
    }

    /// How the key signs: the text of a=.
    public var algorithm: SignatureAlgorithm { key.algorithm }

    /// A hasher whose result `signature(for:bodyHash:)` takes; signers with the same body
    /// canonicalization may share it.
    public func makeBodyHasher() -> BodyHasher { BodyHasher(policy.bodyCanonicalization) }

    /// The field to put on top of the header (RFC 6376 5.6).
    ///
    /// The body hash must come from a hasher with this signer's canonicalization.
    public func signature(
        for message: MessageToSign, bodyHash: BodyHash
    ) throws(DKIMError) -> HeaderField {
        try signature(for: message, FieldStack(message.header.fields), bodyHash: bodyHash)
    }

    /// The same, with the message's fields in the order of their hashing.
    func signature(
        for message: MessageToSign, _ fields: FieldStack, bodyHash: BodyHash
    ) throws(DKIMError) -> HeaderField {
        precondition(bodyHash.canonicalization == policy.bodyCanonicalization && bodyHash.limit == nil)
        guard fields.count("From") > 0 else { throw .missingFrom }
        let names = plan.names(for: fields, skipping: message.skippedFields)
        let writer = write(names, bodyHash, at: message.time)
        let unsigned = HeaderField(name: "DKIM-Signature", value: String(writer.unsigned.dropFirst()))
        let digest = headerDigest(
            of: names, in: fields, unsigned: unsigned, policy.headerCanonicalization)
        let signature = try key.privateKey.signature(of: digest)
        return HeaderField(name: "DKIM-Signature", value: writer.signed(Base64.encode(signature)))
    }

    private func write(_ names: [String], _ bodyHash: BodyHash, at time: Int64) -> SignatureWriter {
        var writer = SignatureWriter()
        writer.tag("v", "1")
        writer.tag("a", algorithm.rawValue)
        writer.tag(
            "c", "\(policy.headerCanonicalization.rawValue)/\(policy.bodyCanonicalization.rawValue)")
        writer.tag("d", domain)
        writer.tag("s", selector)
        if let identity = policy.identity { writer.tag("i", QuotedPrintable.encode(identity)) }
        if policy.includesTime { writer.tag("t", "\(time)") }
        if let lifetime = policy.lifetime { writer.tag("x", "\(time + lifetime)") }
        writer.list("h", names)
        writer.tag("bh", Base64.encode(bodyHash.digest))
        return writer
    }
}
