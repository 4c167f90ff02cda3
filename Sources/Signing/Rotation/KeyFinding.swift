// What the DNS has at a key's name, held against the key that should be there. Never throws. Its reasons may
// hold what a name server said, so they are made fit for a line of the log or the state file.
public import DKIMCore
internal import MailCore

/// The outcome of one look-up.
public enum KeyFinding: Equatable, Sendable {
    /// The one record there holds exactly that key, and mail may be signed with it.
    case published
    case missing
    /// The record says that the key is revoked (p= is empty).
    case revoked
    case otherKey
    case severalRecords
    /// The record cannot be used for that key; why.
    case unusable(String)
    /// The DNS could not be asked; why.
    case failed(String)

    /// `record` is what should be there; nil takes any key that can be read.
    public init(_ answer: KeyAnswer, expecting record: KeyRecord?) {
        switch answer {
        case .none: self = .missing
        case .temporaryFailure(let reason): self = .failed(String(printable: reason.utf8))
        // Which of several a verifier takes is not defined (RFC 6376 3.6.2.2).
        case .records(let records) where records.count > 1: self = .severalRecords
        case .records(let records): self.init(Array(records.joined()), expecting: record)
        }
    }

    private init(_ bytes: [UInt8], expecting record: KeyRecord?) {
        let found: KeyRecord
        do throws(DKIMError) { found = try KeyRecord(parsing: bytes) } catch {
            self = .unusable(String(printable: "\(error)".utf8))
            return
        }
        if found.publicKey.isEmpty {
            self = .revoked
        } else if let record, (found.keyType, found.publicKey) != (record.keyType, record.publicKey) {
            self = .otherKey
        } else if let hashes = found.hashAlgorithms, !hashes.contains("sha256") {
            self = .unusable("its h= does not allow sha256")
        } else if !found.services.contains("*"), !found.services.contains("email") {
            self = .unusable("its s= does not allow mail")
        } else {
            self = .published
        }
    }

    /// Whether nobody can verify a signature with the key any more.
    var isWithdrawn: Bool { self == .missing || self == .revoked }
}

/// For people, and for the state file.
extension KeyFinding: CustomStringConvertible {
    public var description: String {
        switch self {
        case .published: "the record is there"
        case .missing: "there is no record"
        case .revoked: "the record there is a revoked key's"
        case .otherKey: "the record there holds another key"
        case .severalRecords: "there are several records; leave one"
        case .unusable(let reason): "the record there cannot be used: \(reason)"
        case .failed(let reason): "the DNS could not be asked: \(reason)"
        }
    }

    /// One word, and behind a colon the reason where there is one.
    var stateText: String {
        switch self {
        case .published: "published"
        case .missing: "missing"
        case .revoked: "revoked"
        case .otherKey: "other"
        case .severalRecords: "several"
        case .unusable(let reason): "unusable:\(reason)"
        case .failed(let reason): "failed:\(reason)"
        }
    }

    init?(stateText: some StringProtocol) {
        let parts = stateText.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let reason = parts.count > 1 ? String(parts[1]) : ""
        switch parts[0] {
        case "published": self = .published
        case "missing": self = .missing
        case "revoked": self = .revoked
        case "other": self = .otherKey
        case "several": self = .severalRecords
        case "unusable": self = .unusable(reason)
        case "failed": self = .failed(reason)
        default: return nil
        }
    }
}
