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
        /// i=, an address or `@domain` in the signing domain or below it; nil leaves the tag out. A local part
        /// beyond ASCII is written in international headers only.
        public var identity: String?
        /// Whether t= tells the time of signing.
        public var includesTime = true
        /// Seconds from signing until x=, after which a copy of the message sent on by others need not
        /// be believed: 7 days, more than mail waits in queues. Nil leaves the tag out.
        public var lifetime: Int64? = 604_800

        public init() {}
    }

    /// d=, in A-labels.
    public let domain: String
    /// s=, in A-labels.
    public let selector: String
    public let policy: Policy
    private let key: SigningKey
    private let plan: SigningPlan
    /// The tags that are the same in every signature, for headers in ASCII.
    private let opening: SignatureWriter
    /// The same for international headers, where names have U-labels; nil where that makes no difference.
    private let internationalOpening: SignatureWriter?

    /// Checks names and policy, so that signing later fails on messages only. Names may be in either form.
    public init(
        domain: String, selector: String, key: SigningKey, policy: Policy = Policy()
    ) throws(DKIMError) {
        try SHA256.requireAvailable()
        guard let domainForms = DomainForms(domain) else { throw .invalidDomain(domain) }
        guard let selectorForms = DomainForms(selector) else { throw .invalidSelector(selector) }
        var identity: IdentityForms?
        if let text = policy.identity {
            identity = IdentityForms(text, inOrBelow: domainForms)
            if identity == nil { throw .invalidIdentity(text) }
        }
        if let lifetime = policy.lifetime, lifetime < 1 { throw .invalidLifetime }
        plan = try SigningPlan(policy.fields)
        self.domain = domainForms.ascii
        self.selector = selectorForms.ascii
        self.policy = policy
        self.key = key
        let names = (domainForms.ascii, selectorForms.ascii, identity?.ascii)
        let international = (domainForms.international, selectorForms.international, identity?.international)
        opening = Self.opening(key.algorithm, policy, names)
        internationalOpening =
            names == international ? nil : Self.opening(key.algorithm, policy, international)
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
        guard fields.count("from") > 0 else { throw .missingFrom }
        let (names, signed) = plan.selection(from: fields, skipping: message.skippedFields)
        var writer = opening
        if let internationalOpening, message.header.isInternational { writer = internationalOpening }
        write(names, bodyHash, at: message.time, to: &writer)
        let unsigned = HeaderField(name: "DKIM-Signature", value: String(writer.unsigned.dropFirst()))
        let digest = headerDigest(of: signed, unsigned: unsigned, policy.headerCanonicalization)
        let signature = try key.privateKey.signature(of: digest)
        return HeaderField(name: "DKIM-Signature", value: writer.signed(Base64.encode(signature)))
    }

    private static func opening(
        _ algorithm: SignatureAlgorithm, _ policy: Policy,
        _ names: (domain: String, selector: String, identity: String?)
    ) -> SignatureWriter {
        var writer = SignatureWriter()
        writer.tag("v", "1")
        writer.tag("a", algorithm.rawValue)
        writer.tag("c", "\(policy.headerCanonicalization.rawValue)/\(policy.bodyCanonicalization.rawValue)")
        writer.tag("d", names.domain)
        writer.tag("s", names.selector)
        if let identity = names.identity { writer.tag("i", identity) }
        return writer
    }

    private func write(
        _ names: [String], _ bodyHash: BodyHash, at time: Int64, to writer: inout SignatureWriter
    ) {
        if policy.includesTime { writer.tag("t", String(time)) }
        if let lifetime = policy.lifetime {
            let (end, isTooLate) = time.addingReportingOverflow(lifetime)
            writer.tag("x", String(isTooLate ? .max : end))
        }
        writer.list("h", names)
        writer.tag("bh", Base64.encode(bodyHash.digest))
    }
}
