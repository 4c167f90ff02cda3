// What an entity's header says of its content, and what may be done to it. Where readers of mail could
// disagree about a header, its content is fixed: it travels as it is or not at all.
internal import MailCore

/// Where an entity stands: what its classification depends on besides its header.
struct Surroundings {
    var defaultType = MediaType.plainText
    var depth = 0
    var boundaries: [[UInt8]] = []

    static let deepest = 50
}

extension Content {
    /// The type and content of an entity with that header.
    static func classify(_ header: MessageHeader, in surroundings: Surroundings) -> (MediaType, Content) {
        let types = header.fields(named: "Content-Type")
        let encodings = header.fields(named: TransferEncoding.fieldName)
        // RFC 2045 5.2: plain text, too, where the type cannot be read.
        let type = types.first.map { $0.isBlank ? nil : MediaType(parsing: $0.value) }
        let known = (type ?? surroundings.defaultType) ?? .plainText
        if types.count > 1 || encodings.count > 1 { return (known, .leaf(.fixed(.twoFields))) }
        if let field = types.first, type == .some(nil), field.looksComposite {
            return (known, .leaf(.fixed(.unreadableType)))
        }
        let encoding = encodings.first.map { TransferEncoding(parsing: $0.value) } ?? .sevenBit
        return (known, content(of: known, encoding, in: surroundings))
    }

    private static func content(
        of type: MediaType, _ encoding: TransferEncoding?, in surroundings: Surroundings
    ) -> Content {
        if let fixture = Fixture(sealing: type) { return .leaf(.fixed(fixture)) }
        guard let encoding else { return .leaf(.fixed(.encoding)) }
        if type.type == "multipart" { return multipart(type, encoding, in: surroundings) }
        switch encoding {
        case .quotedPrintable: return .leaf(.quotedPrintable)
        case .base64: return .leaf(.base64)
        case .sevenBit, .eightBit, .binary: break
        }
        guard type.type == "message" else { return .leaf(.plain(isText: type.isText)) }
        if type.subtype == "rfc822" {
            return surroundings.depth < Surroundings.deepest ? .message : .leaf(.fixed(.tooDeep))
        }
        // RFC 6532 3.7, RFC 6533: only these may be encoded.
        let isGlobal = type.subtype == "global" || type.subtype.hasPrefix("global-")
        return .leaf(isGlobal ? .plain(isText: true) : .fixed(.message))
    }

    private static func multipart(
        _ type: MediaType, _ encoding: TransferEncoding, in surroundings: Surroundings
    ) -> Content {
        guard encoding.isIdentity else { return .leaf(.fixed(.encodedMultipart)) }
        guard let boundary = type.boundary else { return .leaf(.fixed(.boundary)) }
        guard surroundings.depth < Surroundings.deepest else { return .leaf(.fixed(.tooDeep)) }
        let isAmbiguous = surroundings.boundaries.contains { other in
            other == boundary || other + "--".utf8 == boundary || other == boundary + "--".utf8
        }
        return isAmbiguous ? .leaf(.fixed(.sameBoundary)) : .multipart(boundary: boundary)
    }
}

extension Fixture {
    /// Signed and encrypted types (RFC 1847, RFC 3156, RFC 8551), with the names they had before.
    fileprivate init?(sealing type: MediaType) {
        switch type.name {
        case "multipart/signed", "application/pkcs7-signature", "application/x-pkcs7-signature",
            "application/pgp-signature":
            self = .signed
        case "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime",
            "application/pgp-encrypted", "application/pgp":
            self = .encrypted
        default: return nil
        }
    }
}

extension HeaderField {
    /// A type that somebody may take for a multipart or a message, although it cannot be read as one.
    fileprivate var looksComposite: Bool {
        let word = value.drop { ASCII.isWhiteSpace($0) || $0 == ASCII.cr || $0 == ASCII.lf }
        return ["multipart", "message"].contains { prefix in
            ASCII.equalIgnoringCase(word.prefix(prefix.utf8.count), prefix.utf8)
        }
    }
}
