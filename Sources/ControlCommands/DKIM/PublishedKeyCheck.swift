// What the DNS has of a key, compared with the key itself (RFC 6376 3.6). Every fault is named with what mends
// it, for somebody who has typed the record into a web form.
import DKIMCore
import LinuxIO
import Signing

/// A private key's place and the record that belongs there.
struct OwnKey {
    let domain: String
    let selector: String
    /// Where the private key is: a file, or as the configuration names it.
    let source: String
    let record: KeyRecord
    /// i=, where it is not just the domain.
    var identity: String?

    var name: String { KeyRecord.name(selector: selector, domain: domain) }
}

struct PublishedKeyCheck {
    /// All keys that there are, by which another one's record is recognized.
    let known: [OwnKey]
    let lookUp: (_ name: String) -> TextRecordAnswer

    func findings(for own: OwnKey) -> [CheckFinding] {
        switch lookUp(own.name) {
        case .found(let records): return findings(in: records.map { Array($0.joined()) }, own)
        case .noSuchName(let end): return [missing(own, end, exists: false)]
        case .noTextRecord(let end): return [missing(own, end, exists: true)]
        case .aliasLoop(let names):
            let way = names.joined(separator: " → ")
            return [
                wrong(
                    .aliasLoop, own,
                    "its CNAME leads nowhere, because it goes round in a circle or over too many names "
                        + "(\(way)): remove the CNAME and publish the TXT record instead")
            ]
        case .failure(let failure): return [.failed(failure, at: own.name)]
        }
    }

    private func wrong(_ code: CheckFinding.Code, _ own: OwnKey, _ text: String) -> CheckFinding {
        CheckFinding(grade: .wrong, code: code, place: own.name, text: text)
    }

    /// `end`: where the name's aliases end.
    private func missing(_ own: OwnKey, _ end: String, exists: Bool) -> CheckFinding {
        if end != own.name.lowercased() {
            let problem = exists ? "has no TXT record" : "does not exist"
            return wrong(
                .danglingAlias, own,
                "it is an alias (CNAME) of \(end), which \(problem): mend the CNAME, or remove it and publish "
                    + "the TXT record here")
        }
        let doubled = "\(own.name).\(own.domain)"
        if case .found = lookUp(doubled) {
            return wrong(
                .doubledName, own,
                "the record stands at \(doubled) instead: the form adds the domain itself, so enter the name "
                    + "without it, as \(own.selector)._domainkey")
        }
        let text =
            exists
            ? "the name exists, but has no TXT record" : "there is no such name in the DNS (NXDOMAIN)"
        return wrong(
            exists ? .noTextRecord : .noSuchName, own,
            "\(text), so no receiver can verify a signature: publish the record; if that was done just now, "
                + "look again in an hour")
    }

    private func findings(in records: [[UInt8]], _ own: OwnKey) -> [CheckFinding] {
        let keys = records.map { try? KeyRecord(parsing: $0) }
        let match = keys.firstIndex { $0.map { isSame($0, own.record) } ?? false }
        let index = match ?? keys.firstIndex { $0 != nil } ?? 0
        var findings: [CheckFinding] = []
        if records.count > 1 {
            if match == nil, isSplit(records, own) {
                return [
                    wrong(
                        .splitKey, own,
                        "the key was entered in pieces as \(records.count) TXT records: remove them and enter "
                            + "it as one record, in one piece")
                ]
            }
            findings.append(
                wrong(
                    .severalRecords, own,
                    "there are \(records.count) TXT records, of which receivers take any one: leave only that "
                        + "of the key"))
        }
        guard records.indices.contains(index) else { return findings }
        findings += KeyRecord.findings(in: records[index]).map { finding($0, own) }
        if let published = keys[index] { findings += differences(published, own) }
        if findings.contains(where: { $0.grade == .wrong }) { return findings }
        let text = "the published key is the one in \(own.source)"
        return [CheckFinding(grade: .good, code: .published, place: own.name, text: text)] + findings
    }

    private func finding(_ finding: KeyRecordFinding, _ own: OwnKey) -> CheckFinding {
        let code: CheckFinding.Code =
            switch finding {
            case .testing: .testing
            case .revoked: .revoked
            default: .record
            }
        // t=y takes away what the signature is for, though it verifies.
        let isWrong = finding.breaksSignatures || finding == .testing
        return CheckFinding(
            grade: isWrong ? .wrong : .note, code: code, place: own.name, text: finding.description)
    }

    private func differences(_ published: KeyRecord, _ own: OwnKey) -> [CheckFinding] {
        if published.isRevoked { return [] }
        if published.keyType != own.record.keyType {
            return [
                wrong(
                    .otherKeyType, own,
                    "k=\(published.keyType) is published, but the key in \(own.source) is of the kind "
                        + "\(own.record.keyType): publish its own record")
            ]
        }
        if !isSame(published, own.record) {
            let owner = known.first { isSame(published, $0.record) }
            let whose =
                owner.map { "that of the selector \($0.selector) of \($0.domain)" }
                ?? "one that the configuration does not know"
            return [
                wrong(
                    .otherKey, own,
                    "another key is published than the one in \(own.source), \(whose), so every signature "
                        + "fails: publish its own record")
            ]
        }
        let conflict = own.identity.flatMap { published.conflict(withIdentity: $0, in: own.domain) }
        return conflict.map { [wrong(.strictIdentity, own, $0)] } ?? []
    }

    private func isSame(_ one: KeyRecord, _ other: KeyRecord) -> Bool {
        one.keyType == other.keyType && one.publicKey == other.publicKey
    }

    /// Whether the records, one behind the other from some of them on, are the key's.
    private func isSplit(_ records: [[UInt8]], _ own: OwnKey) -> Bool {
        records.indices.contains { start in
            let others = records[..<start] + records[(start + 1)...]
            return [Array(others), others.reversed()].contains { rest in
                let joined = records[start] + rest.joined()
                return (try? KeyRecord(parsing: joined)).map { isSame($0, own.record) } ?? false
            }
        }
    }
}

extension CheckFinding {
    /// The DNS that could not be asked.
    static func failed(_ failure: TextRecordFailure, at name: String) -> CheckFinding {
        let (code, advice): (Code, String) =
            switch failure.kind {
            case .serverFailure:
                (
                    .serverFailure,
                    "a server of the zone is broken or cannot be reached, or its DNSSEC signatures are wrong: "
                        + "ask whoever runs the zone"
                )
            case .refused: (.refused, "ask a server that answers for this zone, or the system's own")
            case .referral: (.referral, "ask the zone's own server, or the system's own")
            case .noAnswer: (.noAnswer, "see that it runs and that no firewall is between, or try later")
            case .unreadable, .code: (.unreadable, "ask another server, or try later")
            }
        let about = failure.name == name.lowercased() ? "" : " about \(failure.name), of which it is an alias"
        return CheckFinding(
            grade: .unknown, code: code, place: name, text: "\(failure)\(about): \(advice)")
    }
}
