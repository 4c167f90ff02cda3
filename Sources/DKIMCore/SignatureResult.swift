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
    /// Why, for any verdict but pass; one line.
    public let reason: String?
    /// d=, s=, i= and a=, where they could be read.
    public let domain: String?
    public let selector: String?
    public let identity: String?
    public let algorithm: String?
    /// c=, HEADER/BODY, of a signature that is well-formed.
    public let canonicalization: String?
    /// t= and x=, seconds since 1970.
    public let time: Int64?
    public let expiration: Int64?
    /// The name of the key's record.
    public let keyName: String?
    /// The size of the key that was found last, where it could be read.
    public let keyBits: Int?
    /// The first eight digits of b= (RFC 6008), to tell signatures of one domain apart.
    public let signatureStart: String?
    /// The key's record has t=y: the domain tests, and a failure must not be held against it.
    public let isTesting: Bool
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
