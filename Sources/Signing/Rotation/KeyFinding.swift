// What the DNS has at a key's name, held against the key that should be there. Never throws. Its reasons may
// hold what a name server said, so they are made fit for a line of the log or the state file.
internal import DKIMCore
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

    /// Nil takes any key that can be read.
    init(_ answer: KeyAnswer, expecting own: ExpectedKey?) {
        switch answer {
        case .none: self = .missing
        case .temporaryFailure(let reason): self = .failed(String(printable: reason.utf8))
        // Which of several a verifier takes is not defined (RFC 6376 3.6.2.2).
        case .records(let records) where records.count > 1: self = .severalRecords
        case .records(let records): self.init(Array(records.joined()), expecting: own)
        }
    }

    private init(_ bytes: [UInt8], expecting own: ExpectedKey?) {
        let found: KeyRecord
        do throws(DKIMError) { found = try KeyRecord(parsing: bytes) } catch {
            let faults = KeyRecord.findings(in: bytes).filter(\.breaksSignatures).map(\.description)
            self.init(faults: faults.isEmpty ? [error.description] : faults)
            return
        }
        if found.publicKey.isEmpty {
            self = .revoked
        } else if let own {
            let faults = KeyRecord.findings(in: bytes).filter(\.breaksSignatures).map(\.description)
            let isOther = faults.isEmpty && !own.isSame(found)
            self = isOther ? .otherKey : KeyFinding(faults: faults + own.conflicts(with: found))
        } else {
            self = .published
        }
    }

    private init(faults: [String]) {
        self = faults.isEmpty ? .published : .unusable(String(printable: faults.joined(separator: "; ").utf8))
    }

    /// Whether nobody can verify a signature with the key any more.
    var isWithdrawn: Bool { self == .missing || self == .revoked }
}

/// What should be at a key's name.
struct ExpectedKey {
    let record: KeyRecord
    /// In A-labels.
    let domain: String
    /// The i= of the signatures that it is to make, where they have one of their own.
    var identities: [String] = []

    func isSame(_ other: KeyRecord) -> Bool {
        (other.keyType, other.publicKey) == (record.keyType, record.publicKey)
    }

    func conflicts(with published: KeyRecord) -> [String] {
        if published.keyType != record.keyType {
            return [
                "k=\(published.keyType) is published, but the key is of the kind \(record.keyType): publish its "
                    + "own record"
            ]
        }
        return identities.compactMap { published.conflict(withIdentity: $0, in: domain) }
    }
}

/// For people, and for the state file.
extension KeyFinding: CustomStringConvertible {
    public var description: String {
        switch self {
        case .published: "the record is there"
        case .missing: "there is no record"
        case .revoked: "the record there is a revoked key's"
        case .otherKey: "the record there holds another key than this one: publish its own"
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
