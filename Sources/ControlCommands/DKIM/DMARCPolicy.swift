// DMARC records and where they are found (RFC 9989 4.10): at the domain itself, then up the tree. Throws
// TextRecordFailure where the DNS does not answer.
import LinuxIO
import MailCore

/// What is used of a DMARC record.
struct DMARCRecord: Equatable {
    /// p=; none where it lacks (RFC 9989 4.7).
    let policy: String
    /// sp=, for domains below the record's.
    let subdomainPolicy: String?
    /// adkim=s: d= must be the very domain of From.
    let isStrict: Bool
    /// psd=: whether the domain is one below which others register theirs.
    let publicSuffix: String?

    /// Nil for a text that is no DMARC record: those begin with v=DMARC1.
    init?(_ bytes: [UInt8]) {
        let tags = String(decoding: bytes, as: UTF8.self).split(separator: ";").map { spec in
            let parts = spec.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let words = parts.map { String($0.filter { !$0.isWhitespace }) }
            return (name: words[0].lowercased(), value: words.count == 2 ? words[1] : "")
        }
        guard let version = tags.first, version.name == "v", version.value == "DMARC1" else { return nil }
        func value(_ name: String) -> String? { tags.first { $0.name == name }?.value.lowercased() }
        policy = value("p") ?? "none"
        subdomainPolicy = value("sp")
        isStrict = value("adkim") == "s"
        publicSuffix = value("psd")
    }
}

struct DMARCDiscovery {
    let lookUp: (_ name: String) -> TextRecordAnswer

    struct Result: Equatable {
        /// The record that holds for the domain, and the domain it stands at.
        var record: DMARCRecord?
        var recordDomain: String?
        var organizationalDomain: String
        /// Names with several DMARC records, of which receivers take none.
        var ambiguous: [String] = []
        /// Why the walk ended before the top, where the server knows nothing of what is there.
        var unasked: TextRecordFailure?
    }

    static func name(_ domain: String) -> String { "_dmarc.\(domain)" }

    func result(for domain: String) throws(TextRecordFailure) -> Result {
        var result = Result(organizationalDomain: domain)
        var found: [(domain: String, record: DMARCRecord)] = []
        for candidate in Self.walk(from: domain) {
            let records: [DMARCRecord]
            do throws(TextRecordFailure) {
                records = try self.records(at: candidate)
            } catch {
                // A server of the zone alone knows nothing of what is above it.
                guard candidate != domain, [.refused, .referral].contains(error.kind) else { throw error }
                result.unasked = error
                break
            }
            if records.count > 1 { result.ambiguous.append(Self.name(candidate)) }
            guard records.count == 1, let record = records.first else { continue }
            found.append((candidate, record))
            if ["y", "n"].contains(record.publicSuffix) { break }
        }
        guard let top = found.last else { return result }
        let isSuffix = top.record.publicSuffix == "y" && top.domain != domain
        result.organizationalDomain = isSuffix ? Self.below(top.domain, towards: domain) : top.domain
        let holding = found.first { [domain, result.organizationalDomain].contains($0.domain) } ?? top
        (result.record, result.recordDomain) = (holding.record, holding.domain)
        return result
    }

    private func records(at domain: String) throws(TextRecordFailure) -> [DMARCRecord] {
        switch lookUp(Self.name(domain)) {
        case .found(let records): return records.compactMap { DMARCRecord(Array($0.joined())) }
        case .noSuchName, .noTextRecord, .aliasLoop: return []
        case .failure(let failure): throw failure
        }
    }

    /// The domain and those above it; of one with more than eight labels, itself and then the last seven.
    static func walk(from domain: String) -> [String] {
        var labels = domain.split(separator: ".")
        var domains = [domain]
        labels = labels.count > 7 ? labels.suffix(7) : Array(labels.dropFirst())
        while !labels.isEmpty {
            domains.append(labels.joined(separator: "."))
            labels.removeFirst()
        }
        return domains
    }

    /// The domain one label below the suffix on the way to the domain.
    private static func below(_ suffix: String, towards domain: String) -> String {
        domain.split(separator: ".").suffix(suffix.split(separator: ".").count + 1).joined(separator: ".")
    }
}
