// What `smarthostctl dkim rotate` and `dkim status` tell. Throws RotationRefusal where a key cannot be shown.
internal import DKIMCore

struct RotationReport {
    let rotated: RotatedKeys
    let configured: KeyRing
    /// Where the new keys are.
    let folder: String
    let now: Int64
    /// A moment in seconds since 1970, for people.
    let format: (Int64) -> String

    // MARK: dkim rotate

    /// The records of the keys that wait, each form ready to be copied.
    func records(of domain: String) throws(RotationRefusal) -> String {
        var text = ""
        for succession in waiting(for: domain) {
            guard let record = rotated.key(of: succession).flatMap({ try? KeyRecord(for: $0) }) else {
                throw RotationRefusal(
                    .system,
                    "the key \(succession.new) of \(domain) cannot be read; drop it: smarthostctl dkim rotate "
                        + "\(domain) --cancel")
            }
            text += Self.record(record, succession) + "\n"
        }
        return text + advice(domain)
    }

    func waiting(for domain: String) -> [KeySuccession] {
        rotated.state.rotation.waiting(
            for: domain, following: configured.keys(of: domain).map(\.signer.selector))
    }

    private static func record(_ record: KeyRecord, _ succession: KeySuccession) -> String {
        let (domain, selector) = (succession.domain, succession.new)
        return """
            # \(selector) is to follow \(succession.old) (\(succession.algorithm.rawValue)). Publish
            # a TXT record at \(KeyRecord.name(selector: selector, domain: domain)) with the value:
            \(record.text)

            # The same as a line of a zone file:
            \(record.zoneFileLine(selector: selector, domain: domain))

            # The same as a command for PowerDNS, if \(domain) is a zone of its own:
            \(record.pdnsutilCommand(selector: selector, domain: domain))

            """
    }

    private func advice(_ domain: String) -> String {
        """
        # The private keys are in \(folder) and nowhere else: that folder belongs into the backup.
        #
        # Until the DNS shows it, mail is signed as before. Leave the old record where it is; this tells when it
        # may be revoked, and makes the daemon look at once:
        # smarthostctl dkim status \(domain)

        """
    }

    func cancelled(_ successions: [KeySuccession]) -> String {
        successions.map { "\($0.new) of \($0.domain) is dropped; \($0.old) goes on signing\n" }.joined()
    }

    /// A line that could not be read was dropped.
    func mended(_ domain: String) -> String {
        let selectors = rotated.ring(from: configured).keys(of: domain).map(\.signer.selector)
        return
            "what could not be read about \(domain) is dropped; signing: \(selectors.joined(separator: ", "))\n"
    }

    // MARK: dkim status

    func status(of domains: [String]) -> String {
        domains.map { domain in
            let lines = keyLines(domain)
            let width = lines.map(\.selector.count).max() ?? 0
            let obstacle = rotated.obstacle(for: domain).map { "  mail waits: \($0)\n" } ?? ""
            return "\(domain)\n" + obstacle
                + lines.map { line in
                    let padding = String(repeating: " ", count: width - line.selector.count)
                    return "  \(line.selector)\(padding)  \(line.algorithm.rawValue)  \(line.state)\n"
                }.joined()
        }.joined()
    }

    private typealias Line = (selector: String, algorithm: SignatureAlgorithm, state: String)

    /// The keys that sign, then those that came and went, in the order of time.
    private func keyLines(_ domain: String) -> [Line] {
        let successions = rotated.state.rotation.successions.filter { $0.domain == domain }
        var lines = rotated.ring(from: configured).keys(of: domain).map { key -> Line in
            let selector = key.signer.selector
            return (selector, key.signer.algorithm, signing(successions.first { $0.new == selector }))
        }
        for succession in successions {
            switch succession.phase {
            case .waiting: lines.append((succession.new, succession.algorithm, waiting(succession)))
            case .retiring(let since, let end):
                lines.append((succession.old, succession.algorithm, retiring(succession, since, end)))
            case .done: lines.append((succession.old, succession.algorithm, "revoked, done"))
            }
        }
        return lines
    }

    private func signing(_ succession: KeySuccession?) -> String {
        if case .retiring(let since, _) = succession?.phase { return "signing since \(format(since))" }
        return "signing"
    }

    private func waiting(_ succession: KeySuccession) -> String {
        guard waiting(for: succession.domain).contains(succession) else {
            return "left alone: the configuration has no key \(succession.old) any more; "
                + "smarthostctl dkim rotate \(succession.domain) --cancel drops it"
        }
        return "waiting for the DNS: \(look(succession))"
    }

    private func retiring(_ succession: KeySuccession, _ since: Int64, _ end: Int64) -> String {
        let name = KeyRecord.name(selector: succession.old, domain: succession.domain)
        let revoked = "\(name). IN TXT \"v=DKIM1; p=\""
        guard now >= end else {
            return "retired since \(format(since)); may be revoked from \(format(end)) with: \(revoked)"
        }
        return "retired since \(format(since)); may be revoked now with: \(revoked) (\(look(succession)))"
    }

    private func look(_ succession: KeySuccession) -> String {
        let next = "looks again at \(format(succession.nextLook))"
        guard let look = succession.lastLook else { return "not looked yet; \(next)" }
        return "\(look.finding) (\(format(look.moment))); \(next)"
    }
}
