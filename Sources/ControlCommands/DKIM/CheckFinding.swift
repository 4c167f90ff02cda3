// What a look at the DNS found: one sentence each for a person, and one word for a script.

struct CheckFinding: Equatable {
    enum Grade: String {
        case good
        /// Worth mending, or to be known, but nothing fails by it.
        case note
        case wrong
        /// The DNS did not tell.
        case unknown
    }

    enum Code: String {
        // Of a key's record.
        case published, noSuchName = "no-such-name", noTextRecord = "no-txt-record"
        case doubledName = "doubled-name", danglingAlias = "dangling-alias", aliasLoop = "alias-loop"
        case otherKey = "other-key", otherKeyType = "other-key-type", severalRecords = "several-records"
        case splitKey = "split-key", record = "record", testing, revoked, strictIdentity = "strict-identity"
        // Of the configuration.
        case unusableKey = "unusable-key", unsigned
        // Of DMARC.
        case dmarc, noDMARC = "no-dmarc", severalDMARC = "several-dmarc", aligned
        case notAligned = "not-aligned"
        // Of the name server.
        case serverFailure = "servfail", refused, referral, noAnswer = "no-answer", unreadable
    }

    let grade: Grade
    let code: Code
    /// The name in the DNS, or the account, that it is about.
    let place: String
    let text: String

    /// Nothing is published yet.
    var isMissing: Bool { code == .noSuchName || code == .noTextRecord }

    var line: String { "\(place): \(grade.rawValue): \(text)" }
}
