// One signature against the clock, its key and the message: the steps of RFC 6376 6.1.1 to 6.1.3 in the
// order of their cost. Throws SignatureDefect.
import MailCore

struct SignatureCheck {
    /// How far in the future t= may lie: clocks differ.
    private static let maximumClockSkew: Int64 = 300
    /// How many records at one name are tried; a domain should have one (RFC 6376 3.6.2.2).
    private static let maximumRecords = 3

    private let header: MessageHeader
    private let position: Int
    private let now: Int64
    /// Whether the record of the key last tried has t=y.
    private(set) var isTesting = false
    /// The size of the key last tried.
    private(set) var keyBits: Int?

    /// `position` is where the signature's field stands in the header.
    init(header: MessageHeader, position: Int, now: Int64) {
        self.header = header
        self.position = position
        self.now = now
    }

    /// Nil for a valid signature.
    mutating func defect(
        of signature: Result<ReceivedSignature, SignatureDefect>, _ bodyHash: BodyHash?,
        _ lookUp: (String) -> KeyAnswer
    ) -> SignatureDefect? {
        do throws(SignatureDefect) {
            try run(signature.get(), bodyHash, lookUp)
            return nil
        } catch {
            return error
        }
    }

    private mutating func run(
        _ signature: ReceivedSignature, _ bodyHash: BodyHash?, _ lookUp: (String) -> KeyAnswer
    ) throws(SignatureDefect) {
        try checkTimes(signature)
        let records = try find(signature, lookUp)
        let fields = FieldStack(otherFields)
        let keys = signature.fieldNames.map { FieldStack.key($0.utf8) }
        let digest = headerDigest(
            of: fields.take(keys), unsigned: signature.unsigned, signature.headerCanonicalization)
        if let defect = defect(of: signature, digest, bodyHash, records) { throw defect }
        try checkAuthors(keys, fields)
    }

    /// Tries one key after the other; nil where one fits.
    private mutating func defect(
        of signature: ReceivedSignature, _ digest: [UInt8], _ bodyHash: BodyHash?, _ records: [[UInt8]]
    ) -> SignatureDefect? {
        var defect: SignatureDefect?
        for record in records.prefix(Self.maximumRecords) {
            do throws(SignatureDefect) {
                let key = try usableKey(record, signature)
                try checkBody(signature, bodyHash)
                guard key.accepts(signature.signature, of: digest) else {
                    throw SignatureDefect(.fail, "the signature did not verify")
                }
                return nil
            } catch {
                // A key of the right kind that does not fit says more than a record that holds none.
                if defect?.verdict != .fail { defect = error }
            }
        }
        return defect ?? SignatureDefect(.permerror, "no key for the signature")
    }

    /// A From field beside the signed one is the author that a reader may be shown (RFC 6376 8.15).
    private func checkAuthors(_ keys: [String], _ fields: FieldStack) throws(SignatureDefect) {
        guard keys.count(where: { $0 == "from" }) >= fields.count("from") else {
            throw SignatureDefect(.policy, "the message has another From field, which is not signed")
        }
    }

    private func checkTimes(_ signature: ReceivedSignature) throws(SignatureDefect) {
        if let expiration = signature.expiration, now > expiration {
            throw SignatureDefect(.fail, "the signature expired")
        }
        if let time = signature.time, time > now, time - now > Self.maximumClockSkew {
            throw SignatureDefect(.policy, "the signature is from the future")
        }
    }

    private func find(
        _ signature: ReceivedSignature, _ lookUp: (String) -> KeyAnswer
    ) throws(SignatureDefect) -> [[UInt8]] {
        switch lookUp(signature.keyName) {
        case .records(let records): return records
        case .none: throw SignatureDefect(.permerror, "no key for the signature")
        case .temporaryFailure: throw SignatureDefect(.temperror, "the key could not be looked up")
        }
    }

    /// RFC 6376 6.1.2's steps from the record to the key.
    private mutating func usableKey(
        _ bytes: [UInt8], _ signature: ReceivedSignature
    ) throws(SignatureDefect) -> PublicKey {
        let record: KeyRecord
        do { record = try KeyRecord(parsing: bytes) } catch { throw SignatureDefect(.permerror, "\(error)") }
        isTesting = record.isTesting
        try require(!record.isRevoked, "the key was revoked")
        try require(record.allowsSHA256, "the key's record does not allow sha256")
        try require(record.isForMail, "the key's record is not for mail")
        try require(record.keyType == signature.algorithm.keyType, "the key is of another kind than a=")
        let isSameDomain = ASCII.equalIgnoringCase(signature.identityDomain.utf8, signature.domain.utf8)
        try require(
            !record.flags.contains("s") || isSameDomain, "the key's record demands that i= be in d= itself")
        guard let key = PublicKey.parse(record.publicKey, for: signature.algorithm) else {
            throw SignatureDefect(.permerror, "the key's record holds no valid key")
        }
        keyBits = key.bits
        // RFC 8301 3.2; the upper bound is what a verifier must be able to check.
        guard signature.algorithm != .rsaSHA256 || key.bits >= 1024 else {
            throw SignatureDefect(.fail, "an RSA key of less than 1024 bits must not be believed")
        }
        guard key.bits <= 8192 else { throw SignatureDefect(.policy, "the key is too large") }
        return key
    }

    private func require(_ condition: Bool, _ reason: String) throws(SignatureDefect) {
        if !condition { throw SignatureDefect(.permerror, reason) }
    }

    private func checkBody(
        _ signature: ReceivedSignature, _ bodyHash: BodyHash?
    ) throws(SignatureDefect) {
        if let limit = signature.bodyLength, let bodyHash, limit > bodyHash.length {
            throw SignatureDefect(.permerror, "l= is more than the body has")
        }
        guard bodyHash?.digest == signature.bodyHash else {
            throw SignatureDefect(.fail, "the body hash did not verify")
        }
    }

    /// The field itself is hashed last and without its b=, never through h= (RFC 6376 3.5).
    private var otherFields: [HeaderField] {
        Array(header.fields[..<position] + header.fields[(position + 1)...])
    }
}
