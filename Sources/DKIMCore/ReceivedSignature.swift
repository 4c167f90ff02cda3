// A DKIM-Signature field that came with a message, read as RFC 6376 3.5 and 6.1.1 demand. Throws
// SignatureDefect, whatever the field holds.
import MailCore

/// Why a signature is not valid, with the verdict it gets.
struct SignatureDefect: Error {
    let verdict: SignatureResult.Verdict
    let reason: String

    init(_ verdict: SignatureResult.Verdict, _ reason: String) {
        self.verdict = verdict
        self.reason = reason
    }
}

/// The tags of a signature that is well-formed and uses what this verifier knows.
struct ReceivedSignature {
    let algorithm: SignatureAlgorithm
    let headerCanonicalization: Canonicalization
    let bodyCanonicalization: Canonicalization
    /// d= and s=, in A-labels.
    let domain: String
    let selector: String
    /// The domain of i= in A-labels, which is d= where the tag lacks.
    let identityDomain: String
    let fieldNames: [String]
    let bodyHash: [UInt8]
    let bodyLength: UInt64?
    let time: Int64?
    let expiration: Int64?
    let signature: [UInt8]
    /// The field with the value of b= deleted (RFC 6376 3.7).
    let unsigned: HeaderField

    /// The name of the key's record.
    var keyName: String { KeyRecord.name(selector: selector, domain: domain) }

    static func read(_ field: HeaderField) -> Result<ReceivedSignature, SignatureDefect> {
        let tags: TagList
        // A field beyond ASCII is an international one, and these are UTF-8 (RFC 6532 3).
        guard String(validating: field.bytes, as: UTF8.self) != nil else {
            return .failure(SignatureDefect(.neutral, "the field is neither ASCII nor UTF-8"))
        }
        do { tags = try TagList(field.value) } catch {
            return .failure(SignatureDefect(.neutral, error.description))
        }
        do { return .success(try ReceivedSignature(field, tags)) } catch { return .failure(error) }
    }

    private init(_ field: HeaderField, _ tags: TagList) throws(SignatureDefect) {
        try Self.require(tags.text("v") == "1", .neutral, "v= is not 1")
        let (domain, selector) = try Self.names(tags)
        self.domain = domain
        self.selector = selector
        algorithm = try Self.algorithm(tags)
        (headerCanonicalization, bodyCanonicalization) = try Self.canonicalizations(tags)
        identityDomain = try Self.identityDomain(tags, domain)
        fieldNames = try Self.fieldNames(tags)
        bodyHash = try Self.base64("bh", tags)
        signature = try Self.base64("b", tags)
        bodyLength = try Self.number("l", tags)
        time = try Self.number("t", tags).map { Int64(clamping: $0) }
        expiration = try Self.number("x", tags).map { Int64(clamping: $0) }
        if let time, let expiration { try Self.require(expiration > time, .permerror, "x= is not after t=") }
        let methods = tags.list("q") ?? ["dns/txt"]
        try Self.require(methods.contains("dns/txt"), .neutral, "q= names no known way to the key")
        unsigned = try Self.emptying(field, tags)
    }

    private static func require(
        _ condition: Bool, _ verdict: SignatureResult.Verdict, _ reason: String
    ) throws(SignatureDefect) {
        if !condition { throw SignatureDefect(verdict, reason) }
    }

    private static func names(_ tags: TagList) throws(SignatureDefect) -> (String, String) {
        guard let domain = tags.text("d").flatMap(DomainName.ascii) else {
            throw SignatureDefect(.neutral, "d= is not a domain name")
        }
        guard let selector = tags.text("s").flatMap(DomainName.ascii) else {
            throw SignatureDefect(.neutral, "s= is not a selector")
        }
        return (domain, selector)
    }

    private static func algorithm(_ tags: TagList) throws(SignatureDefect) -> SignatureAlgorithm {
        let name = tags.text("a")
        // RFC 8301 3.1.
        try require(name != "rsa-sha1", .fail, "rsa-sha1 must not be believed")
        guard let algorithm = name.flatMap(SignatureAlgorithm.init(rawValue:)) else {
            throw SignatureDefect(.neutral, "a= is not a known algorithm")
        }
        return algorithm
    }

    private static func canonicalizations(
        _ tags: TagList
    ) throws(SignatureDefect) -> (Canonicalization, Canonicalization) {
        let names = (tags.text("c") ?? "simple/simple").split(
            separator: "/", omittingEmptySubsequences: false)
        guard let header = names.first.flatMap({ Canonicalization(rawValue: String($0)) }), names.count <= 2,
            let body = names.count == 1 ? .simple : Canonicalization(rawValue: String(names[1]))
        else { throw SignatureDefect(.neutral, "c= is not a known canonicalization") }
        return (header, body)
    }

    /// i= must be d= or below it (RFC 6376 3.5).
    private static func identityDomain(
        _ tags: TagList, _ domain: String
    ) throws(SignatureDefect) -> String {
        guard let value = tags["i"] else { return domain }
        guard let identity = Identity(value) else {
            throw SignatureDefect(.neutral, "i= is not an address")
        }
        let part = identity.domain
        try require(DomainName.isName(part, inOrBelow: domain), .permerror, "i= is not in the domain of d=")
        return part
    }

    private static func fieldNames(_ tags: TagList) throws(SignatureDefect) -> [String] {
        guard let names = tags.list("h"), names.allSatisfy(isFieldName) else {
            throw SignatureDefect(.neutral, "h= is not a list of header fields")
        }
        let hasFrom = names.contains { ASCII.equalIgnoringCase($0.utf8, "from".utf8) }
        try require(hasFrom, .permerror, "From is not signed")
        return names
    }

    private static func isFieldName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(ASCII.isFieldName)
    }

    private static func base64(_ name: String, _ tags: TagList) throws(SignatureDefect) -> [UInt8] {
        guard let bytes = tags[name].flatMap({ Base64.decode($0) }), !bytes.isEmpty else {
            throw SignatureDefect(.neutral, "\(name)= is not base 64")
        }
        return bytes
    }

    /// An unsigned number; one too large for 64 bits means the largest (RFC 6376 3.5, x=).
    private static func number(_ name: String, _ tags: TagList) throws(SignatureDefect) -> UInt64? {
        guard let digits = tags[name] else { return nil }
        try require(
            (1...76).contains(digits.count) && digits.allSatisfy(ASCII.isDigit), .neutral,
            "\(name)= is not a number")
        return digits.reduce(into: UInt64(0)) { value, digit in
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            value = isTooLarge || overflows ? .max : sum
        }
    }

    private static func emptying(
        _ field: HeaderField, _ tags: TagList
    ) throws(SignatureDefect) -> HeaderField {
        guard let extent = tags.extent(of: "b"),
            let unsigned = HeaderField(
                bytes: field.bytes[..<extent.lowerBound] + field.bytes[extent.upperBound...])
        else { throw SignatureDefect(.neutral, "there is no b=") }
        return unsigned
    }
}
