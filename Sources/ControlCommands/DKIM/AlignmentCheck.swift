// Whether DMARC holds for mail that a section signs: is there a record, and does d= align with the domains of
// the accounts' `from` (RFC 9989 4.4.1).
import LinuxIO

struct AlignmentCheck {
    /// A domain that mail is from, and the accounts that send it.
    struct Author {
        let domain: String
        let accounts: [String]

        var place: String {
            accounts.isEmpty ? domain : "account \(accounts.joined(separator: ", "))"
        }
    }

    let signingDomain: String
    let lookUp: (_ name: String) -> TextRecordAnswer
    private var discovery: DMARCDiscovery { DMARCDiscovery(lookUp: lookUp) }

    func findings(for author: Author) -> [CheckFinding] {
        let name = DMARCDiscovery.name(author.domain)
        do throws(TextRecordFailure) {
            let result = try discovery.result(for: author.domain)
            let ambiguous = result.ambiguous.map { place in
                CheckFinding(
                    grade: .wrong, code: .severalDMARC, place: place,
                    text: "there are several DMARC records, of which receivers take none: leave one")
            }
            guard let record = result.record, let domain = result.recordDomain else {
                return ambiguous.isEmpty ? [missing(author, result.unasked)] + foreign(author) : ambiguous
            }
            return try ambiguous + [policy(record, of: domain, author), alignment(record, result, author)]
        } catch {
            return [.failed(error, at: name)]
        }
    }

    private func missing(_ author: Author, _ unasked: TextRecordFailure?) -> CheckFinding {
        let name = DMARCDiscovery.name(author.domain)
        let limit = unasked.map { "; \($0.name) was not looked at: \($0)" } ?? ""
        return CheckFinding(
            grade: .note, code: .noDMARC, place: name,
            text: "there is no DMARC record for \(author.domain), which large receivers want: publish a TXT "
                + "record there with the value v=DMARC1; p=none to begin with\(limit)")
    }

    /// Without a record it is not known where an organization's domain begins, but two that do not even share
    /// their last two labels have none in common.
    private func foreign(_ author: Author) -> [CheckFinding] {
        let ends = [author.domain, signingDomain].map { $0.split(separator: ".").suffix(2) }
        if ends[0] == ends[1] { return [] }
        return [
            CheckFinding(
                grade: .note, code: .notAligned, place: author.place,
                text:
                    "mail from \(author.domain) is signed with d=\(signingDomain), which DMARC will not take for "
                    + "aligned; sign it with a key of \(author.domain)")
        ]
    }

    private func policy(_ record: DMARCRecord, of domain: String, _ author: Author) -> CheckFinding {
        let isBelow = domain != author.domain
        let policy = isBelow ? record.subdomainPolicy ?? record.policy : record.policy
        let origin = isBelow ? ", which holds for \(author.domain) too," : ""
        let effect = policy == "none" ? ": receivers report, but act on nothing" : ""
        return CheckFinding(
            grade: .good, code: .dmarc, place: DMARCDiscovery.name(domain),
            text: "the DMARC record\(origin) says p=\(policy)\(effect); adkim=\(record.isStrict ? "s" : "r")")
    }

    private func alignment(
        _ record: DMARCRecord, _ result: DMARCDiscovery.Result, _ author: Author
    ) throws(TextRecordFailure) -> CheckFinding {
        func finding(_ isAligned: Bool, _ text: String) -> CheckFinding {
            CheckFinding(
                grade: isAligned ? .good : .wrong, code: isAligned ? .aligned : .notAligned,
                place: author.place, text: "mail from \(author.domain) \(text)")
        }
        if author.domain == signingDomain { return finding(true, "is aligned: d= is the same domain") }
        if record.isStrict {
            return finding(
                false,
                "is not aligned: adkim=s wants d=\(author.domain), but d=\(signingDomain) signs; add a section "
                    + "dkim \(author.domain), or remove adkim=s")
        }
        let organization = result.organizationalDomain
        let other = try discovery.result(for: signingDomain).organizationalDomain
        if other == organization {
            return finding(
                true, "is aligned: it and d=\(signingDomain) both belong to \(organization)")
        }
        return finding(
            false,
            "is not aligned: it belongs to \(organization), d=\(signingDomain) to \(other); sign it with a key "
                + "of \(organization)")
    }
}
