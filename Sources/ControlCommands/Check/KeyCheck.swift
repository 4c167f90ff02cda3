// One `dkim` section: the key is read and tried as the daemon does at its start, and, where asked for, compared
// with what the DNS has of it.
internal import DKIMCore
internal import ProgramEnvironment
internal import Signing
internal import SmarthostConfiguration

struct KeyCheck {
    private let section: SigningSettings
    private let context: ControlContext
    private let report: CheckReport
    private var place: String { "dkim \(section.name)" }

    init(_ section: SigningSettings, _ context: ControlContext, _ report: CheckReport) {
        self.section = section
        self.context = context
        self.report = report
    }

    func run(asksDNS: Bool) {
        var pems: [KeySource: [UInt8]] = [:]
        do throws(KeyProblem) {
            _ = try KeyRing([section]) { source throws(KeyProblem) in
                let pem = try readSigningKey(source, of: [section]) { report.warning("warning: \($0)") }
                pems[source] = pem
                return pem
            }
        } catch {
            return report.error(error.description)
        }
        for configured in section.keys {
            // The key ring has just read it from the same bytes.
            guard let pem = pems[configured.source], let key = try? SigningKey(pem: pem) else { continue }
            report.good(place, "\(configured.source): \(key)")
            if let warning = key.warning { report.warning("\(place): \(configured.source)", warning) }
            if asksDNS { compare(key, configured) }
        }
    }

    private func compare(_ key: SigningKey, _ configured: SigningSettings.Key) {
        let name = KeyRecord.name(selector: configured.selector, domain: section.domain)
        let publish = "publish the one that `smarthostctl dkim record \(section.domain)` shows"
        switch context.environment.lookUpTXT(name, nil) {
        case .temporaryFailure(let reason):
            report.warning(name, "the record cannot be looked up now (\(reason)); try again later")
        case .none:
            report.warning(name, "there is no TXT record, so no receiver can verify a signature; \(publish)")
        case .records(let records):
            guard let own = try? KeyRecord(for: key) else { return }
            let published = records.compactMap { try? KeyRecord(parsing: $0) }
            if published.contains(where: { $0.publicKey == own.publicKey && $0.keyType == own.keyType }) {
                return report.good(name, "the published key is the one in \(configured.source)")
            }
            let isRevoked = published.contains { $0.publicKey.isEmpty }
            let problem =
                isRevoked
                ? "the published key is revoked (an empty p=)"
                : published.isEmpty
                    ? "the TXT record there is no DKIM key record" : "another key is published there"
            report.error(name, "\(problem), so every signature fails; \(publish)")
        }
    }
}
