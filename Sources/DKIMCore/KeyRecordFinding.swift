// What is wrong with a key record, or questionable, in words for somebody who has just typed it into a web
// form. Reads what KeyRecord refuses as far as it can be guessed; throws nothing, whatever the bytes are.
import MailCore

/// One thing to put right in a key record; the description is a sentence without its full stop.
public enum KeyRecordFinding: Equatable, Sendable {
    /// Quotation marks became part of the record.
    case quotes
    /// Backslashes before semicolons became part of the record.
    case backslashes
    /// The first tag is no v=DKIM1, as this text shows: the record is of another kind.
    case wrongVersion(String)
    /// v= is there, but not first.
    case versionNotFirst
    /// No list of tags; what breaks it.
    case syntax(String)
    /// There is no p=.
    case missingKey
    /// p= is empty: the key was withdrawn.
    case revoked
    /// Blanks stand within p=, where the strings of the record were joined.
    case blanksInKey
    /// p= is not base 64.
    case notBase64
    /// k= names an algorithm that nobody knows.
    case unknownKeyType(String)
    /// p= holds no key of the type that k= names: often a part of it is missing.
    case unreadableKey(type: String)
    /// An RSA key of so many bits.
    case smallKey(bits: Int)
    /// h= does not allow SHA-256, the one hash in use; what it allows.
    case sha256NotAllowed([String])
    /// s= does not name mail; what it names.
    case notForMail([String])
    /// t=y.
    case testing

    /// Whether signatures fail because of it. The others are worth mending, but do no harm by themselves.
    public var breaksSignatures: Bool {
        switch self {
        case .testing, .blanksInKey: false
        case .smallKey(let bits): bits < 1024
        default: true
        }
    }
}

extension KeyRecordFinding: CustomStringConvertible {
    public var description: String {
        switch self {
        case .quotes:
            "quotation marks are part of the record: the DNS provider adds its own, so enter the text "
                + "without any, in one piece"
        case .backslashes:
            "backslashes are part of the record: enter each ; as it is, without a backslash before it"
        case .wrongVersion(let text):
            "the record begins with v=\(text), so it is no DKIM key: it must begin with v=DKIM1, in capitals"
        case .versionNotFirst: "v=DKIM1 must be the first tag of the record, but stands later"
        case .syntax(let reason): "the record cannot be read: \(reason)"
        case .missingKey: "the record has no p=, which holds the key: its end may have been cut off"
        case .revoked:
            "p= is empty, which says that the key was revoked: publish the key again or use another"
        case .blanksInKey:
            "blanks stand within the key: the record's strings were joined with blanks; enter it in one piece"
        case .notBase64: "p= holds characters that a key cannot have: copy the key again"
        case .unknownKeyType(let type): "k=\(type) is not known: it must be k=rsa or k=ed25519"
        case .unreadableKey("ed25519"):
            "p= holds no Ed25519 key: that is 44 characters, the last of them =, without any header"
        case .unreadableKey(let type):
            "p= holds no whole \(type) key: a part of it is missing or it was changed; copy the key again"
        case .smallKey(let bits) where bits < 1024:
            "the key has only \(bits) bits: receivers must not accept less than 1024; make one of 2048"
        case .smallKey(let bits): "the key has only \(bits) bits: make one of 2048 when you can"
        case .sha256NotAllowed(let names):
            "h=\(names.joined(separator: ":")) does not allow sha256, with which mail is signed: leave h= out"
        case .notForMail(let names):
            "s=\(names.joined(separator: ":")) says that the key is not for mail: leave s= out"
        case .testing:
            "t=y is still there: it tells receivers that you test, and some treat the mail as unsigned; "
                + "remove it once signatures pass"
        }
    }
}

extension KeyRecord {
    /// What is wrong with a record as the DNS gave it, its strings joined; nothing for a good one. Those
    /// without `breaksSignatures` come with a record that works.
    public static func findings(in bytes: [UInt8]) -> [KeyRecordFinding] {
        let asWritten = findings(inTags: bytes)
        guard asWritten.contains(where: \.breaksSignatures) else { return asWritten }
        var findings: [KeyRecordFinding] = []
        var text = String(decoding: bytes, as: UTF8.self)
        if text.contains(where: quotationMarks.contains) {
            findings.append(.quotes)
            text.removeAll(where: quotationMarks.contains)
        }
        if text.contains("\\;") {
            findings.append(.backslashes)
            text = text.split(separator: "\\;", omittingEmptySubsequences: false).joined(separator: ";")
        }
        return findings.isEmpty ? asWritten : findings + Self.findings(inTags: Array(text.utf8))
    }

    private static func findings(inTags bytes: [UInt8]) -> [KeyRecordFinding] {
        do throws(TagListError) {
            return findings(in: try TagList(bytes[...]))
        } catch {
            return [.syntax(error.description)]
        }
    }

    private static let quotationMarks: Set<Character> = ["\"", "\u{201C}", "\u{201D}", "\u{201E}"]

    private static func findings(in tags: TagList) -> [KeyRecordFinding] {
        if let version = tags["v"], !version.elementsEqual("DKIM1".utf8) {
            return [.wrongVersion(String(printable: version))]
        }
        var findings: [KeyRecordFinding] = []
        if tags["v"] != nil, tags.firstName != "v" { findings.append(.versionNotFirst) }
        findings += keyFindings(in: tags)
        if let names = tags.printableList("h"), !names.contains("sha256") {
            findings.append(.sha256NotAllowed(names))
        }
        if let names = tags.printableList("s"), !names.contains("*"), !names.contains("email") {
            findings.append(.notForMail(names))
        }
        if tags.list("t")?.contains("y") == true { findings.append(.testing) }
        return findings
    }

    private static func keyFindings(in tags: TagList) -> [KeyRecordFinding] {
        guard let encoded = tags["p"] else { return [.missingKey] }
        let type = tags["k"].map { String(printable: $0) } ?? "rsa"
        guard let algorithm = SignatureAlgorithm.allCases.first(where: { $0.keyType == type }) else {
            return [.unknownKeyType(type)]
        }
        guard !encoded.isEmpty else { return [.revoked] }
        guard let key = Base64.decode(encoded) else { return [.notBase64] }
        let blanks = encoded.contains(where: ASCII.isWhiteSpace) ? [KeyRecordFinding.blanksInKey] : []
        guard let bits = PublicKey.parse(key, for: algorithm)?.bits else {
            return blanks + [.unreadableKey(type: type)]
        }
        return blanks + (algorithm == .rsaSHA256 && bits < 2048 ? [.smallKey(bits: bits)] : [])
    }
}

extension TagList {
    fileprivate func printableList(_ name: String) -> [String]? {
        list(name)?.map { String(printable: Array($0.utf8)) }
    }
}
