// One `dkim` section: the key is read and tried as the daemon does at its start, and, where asked for, compared
// with what the DNS has of it.
internal import DKIMCore
internal import ProgramEnvironment
internal import Signing
internal import SmarthostConfiguration

struct KeyCheck {
    private let section: SigningSettings
    private let context: ControlContext
    private let currentKeys: CurrentKeys
    private let report: CheckReport
    private var place: String { "dkim \(section.name)" }

    init(
        _ section: SigningSettings, _ context: ControlContext, _ currentKeys: CurrentKeys,
        _ report: CheckReport
    ) {
        self.section = section
        self.context = context
        self.currentKeys = currentKeys
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
            compare(key, configured, asksDNS: asksDNS)
        }
    }

    /// The key that signs, which may be one that the daemon made.
    private func compare(_ key: SigningKey, _ configured: SigningSettings.Key, asksDNS: Bool) {
        guard let domain = try? DKIMNames.ascii(section.domain) else { return }
        let current = currentKeys.key(for: configured, of: domain)
        if let successor = current.key {
            report.good(place, "\(current.source): \(successor), signs in its place since a rotation")
        }
        if asksDNS { compare(current.key ?? key, current, of: domain) }
    }

    /// What is not published yet is no fault before the first start.
    private func compare(
        _ key: SigningKey, _ current: CommandEnvironment.ConfiguredKey, of domain: String
    ) {
        guard let record = try? KeyRecord(for: key) else { return }
        let own = OwnKey(
            domain: domain, selector: current.selector, source: "\(current.source)", record: record,
            identity: section.identity)
        let check = PublishedKeyCheck(known: [own]) { context.environment.lookUpTXT($0, nil) }
        for finding in check.findings(for: own) {
            let more = "\(finding.text); see smarthostctl dkim check \(domain)"
            switch finding.grade {
            case .good: report.good(finding.place, finding.text)
            case .note, .unknown: report.warning(finding.place, finding.text)
            case .wrong where finding.isMissing: report.warning(finding.place, more)
            case .wrong: report.error(finding.place, more)
            }
        }
    }
}
