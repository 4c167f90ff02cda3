// From a signature's field to what may be shown of it: foreign bytes go into a result only where they are
// what their tag should hold. Nothing here throws.
import MailCore

extension SignatureResult {
    /// Names the signature by those of its tags that are fit to be shown.
    init(
        _ defect: SignatureDefect?, _ claims: Claims?, of field: HeaderField, isTesting: Bool, keyBits: Int?
    ) {
        let tags = try? TagList(field.value)
        verdict = defect?.verdict ?? .pass
        reason = defect?.reason ?? claims?.partOfBody
        self.isTesting = isTesting
        self.keyBits = keyBits
        self.claims = claims
        domain = tags?.text("d").flatMap(DomainName.ascii)
        selector = tags?.text("s").flatMap(DomainName.ascii)
        identity = tags?["i"].flatMap(Identity.init)?.address.ifShowable
        algorithm = tags?.text("a").flatMap { DomainName.isValid($0) ? $0 : nil }
        let start = tags?["b"].map { $0.lazy.filter { $0 > ASCII.space }.prefix(8) }
        signatureStart = start.map { String(decoding: $0, as: UTF8.self) }.flatMap {
            Base64.decode($0.utf8) == nil ? nil : $0
        }
    }
}

extension SignatureResult.Claims {
    init(_ signature: ReceivedSignature, _ bodyHash: BodyHash?) {
        keyName = signature.keyName
        headerCanonicalization = signature.headerCanonicalization
        bodyCanonicalization = signature.bodyCanonicalization
        signedFields = signature.fieldNames
        time = signature.time
        expiration = signature.expiration
        bodyLength = signature.bodyLength
        let length = bodyHash?.length ?? 0
        unsignedBodyBytes = length - min(length, signature.bodyLength ?? length)
    }

    fileprivate var partOfBody: String? {
        guard unsignedBodyBytes > 0 else { return nil }
        return "l= leaves the last \(unsignedBodyBytes) bytes of the body unsigned"
    }
}

extension String {
    /// Nil where a control character, a blank or a quotation mark is in it.
    fileprivate var ifShowable: String? {
        let isShowable = String(printable: utf8.map(\.self)) == self
        return isShowable && !contains("\"") && !unicodeScalars.contains(where: \.properties.isWhitespace)
            ? self : nil
    }
}
