// What a verifier found, in the words of RFC 8601 2.7.1.

/// The outcome for one DKIM-Signature field.
public struct SignatureResult: Equatable, Sendable {
    /// RFC 8601 2.7.1's results.
    public enum Verdict: String, Sendable {
        case pass
        /// The signature or the body hash does not fit, or RFC 8301 forbids to believe it.
        case fail
        /// It could be valid, but the verifier does not take it.
        case policy
        /// The field has syntax errors, or asks for what the verifier does not know.
        case neutral
        /// Trying again later may help: the key could not be looked up.
        case temperror
        /// Nothing will help: there is no usable key, or the field contradicts itself.
        case permerror
    }

    public let verdict: Verdict
    /// Why, for any verdict but pass; for pass what of the body is not signed, if l= leaves any. One line.
    public let reason: String?
    /// d=, s=, i= and a=, where they could be read; names are in A-labels.
    public let domain: String?
    public let selector: String?
    public let identity: String?
    public let algorithm: String?
    /// The first eight digits of b= (RFC 6008), to tell signatures of one domain apart.
    public let signatureStart: String?
    /// The key's record has t=y: the domain tests, and a failure must not be held against it.
    public let isTesting: Bool
    /// The size of the key that was tried last; nil where none was usable.
    public let keyBits: Int?
    /// What the signature says of itself; nil for one that is not well-formed.
    public let claims: Claims?

    /// The tags of a well-formed signature beside its names.
    public struct Claims: Equatable, Sendable {
        /// The name that was asked for the key, in A-labels.
        public let keyName: String
        public let headerCanonicalization: Canonicalization
        public let bodyCanonicalization: Canonicalization
        /// h=, in its order and spelling.
        public let signedFields: [String]
        /// t= and x=, in seconds since 1970.
        public let time: Int64?
        public let expiration: Int64?
        /// l=, in bytes of the canonical body; nil for all of it.
        public let bodyLength: UInt64?
        /// How many bytes of the canonical body l= leaves unsigned: anyone may have added them
        /// (RFC 6376 8.2).
        public let unsignedBodyBytes: UInt64
    }
}

extension SignatureResult: CustomStringConvertible {
    /// `dkim=pass header.d=… header.s=…`, a resinfo of RFC 8601 2.2.
    public var description: String {
        let reason = self.reason.map { "reason=\"\($0)\"" }
        let properties = [
            ("d", domain), ("i", identity), ("s", selector), ("a", algorithm), ("b", signatureStart),
        ]
        let words =
            ["dkim=\(verdict.rawValue)", reason]
            + properties.map { name, value in value.map { "header.\(name)=\(Self.quoted($0))" } }
        return words.compactMap(\.self).joined(separator: " ")
    }

    /// A value of RFC 2045 5.1, quoted where it is no token (a `b` of base 64 may have a slash).
    private static func quoted(_ value: String) -> String {
        value.utf8.contains(where: { "()<>,;:\\\"/[]?=".utf8.contains($0) }) ? "\"\(value)\"" : value
    }
}
