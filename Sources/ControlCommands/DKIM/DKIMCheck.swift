// `dkim check [DOMAIN]`: compares the DNS with the private keys that sign, and the signing domains
// with DMARC. The exit code is 0 where all is good, 1 where something is wrong, 69 where only the DNS could not
// be asked. Throws CommandFailure.
internal import DKIMCore
internal import IDNA
internal import LinuxIO
internal import MailCore
internal import SmarthostConfiguration

struct DKIMCheck {
    private let configuration: Configuration
    /// Those asked for; nil for all.
    private let domain: String?
    private let environment: CommandEnvironment
    private let currentKeys: CurrentKeys
    private let lookUp: (_ name: String) -> TextRecordAnswer

    static func run(_ arguments: CommandArguments, _ context: ControlContext) throws -> Int32 {
        try arguments.require(0...1)
        let server = try arguments["--dns"].map(DKIMVerify.server)
        let domain = try arguments.words.first.map { word throws(CommandFailure) in try DKIMNames.ascii(word)
        }
        let configuration = try context.loadConfiguration(arguments["--config"])
        let report = try DKIMCheck(configuration, domain, server, context.environment).report()
        try context.environment.print(arguments["--json"] == nil ? report.text : report.json.text)
        return report.exitCode
    }

    private init(
        _ configuration: Configuration, _ domain: String?, _ server: DNSServer?,
        _ environment: CommandEnvironment
    ) {
        self.configuration = configuration
        self.domain = domain
        self.environment = environment
        currentKeys = CurrentKeys(configuration) { environment.complain("warning: \($0)") }
        // Keys and domains share names; each is asked for once.
        let answers = KnownAnswers()
        lookUp = { name in answers.answer(name) { environment.lookUpTXT($0, server) } }
    }

    private func report() throws(CommandFailure) -> DKIMCheckReport {
        let senders = SenderDomains(configuration)
        let wanted = configuration.dkim.indices.filter {
            domain == nil || senders.signingDomains[$0] == domain
        }
        guard !wanted.isEmpty else { throw nothingToCheck() }
        var report = DKIMCheckReport()
        let keys = configuration.dkim.enumerated().map { index, section in
            section.keys.map { own($0, section, senders.signingDomains[index]) }
        }
        let known = keys.joined().compactMap { try? $0.get() }
        let check = PublishedKeyCheck(known: known, lookUp: lookUp)
        for index in wanted {
            for key in keys[index] {
                switch key {
                case .success(let own): report.add(check.findings(for: own), of: own)
                case .failure(let problem): report.add([problem.finding], of: senders.signingDomains[index])
                }
            }
            let alignment = AlignmentCheck(signingDomain: senders.signingDomains[index], lookUp: lookUp)
            for author in senders.authors(signedBy: index) {
                report.add(alignment.findings(for: author), of: alignment.signingDomain)
            }
        }
        if domain == nil {
            for author in senders.unsigned { report.add([Self.unsigned(author)], of: author.domain) }
        }
        return report
    }

    private struct UnusableKey: Error { let finding: CheckFinding }

    private func own(
        _ configured: SigningSettings.Key, _ section: SigningSettings, _ domain: String
    ) -> Result<OwnKey, UnusableKey> {
        let key = currentKeys.key(for: configured, of: domain)
        do {
            let secret = try key.key ?? DKIMKeyFile.readPrivate(key.source, environment)
            let record = try KeyRecord(for: secret)
            return .success(
                OwnKey(
                    domain: domain, selector: key.selector, source: "\(key.source)", record: record,
                    identity: section.identity))
        } catch {
            let text = (error as? CommandFailure)?.text ?? "\(error)"
            let name = KeyRecord.name(selector: key.selector, domain: domain)
            return .failure(
                UnusableKey(
                    finding: CheckFinding(grade: .wrong, code: .unusableKey, place: name, text: text)))
        }
    }

    private static func unsigned(_ author: AlignmentCheck.Author) -> CheckFinding {
        CheckFinding(
            grade: .note, code: .unsigned, place: author.place,
            text: "no section dkim signs mail from \(author.domain)")
    }

    private func nothingToCheck() -> CommandFailure {
        let names = configuration.dkim.map(\.domain).joined(separator: ", ")
        let problem =
            names.isEmpty
            ? "the configuration has no section dkim DOMAIN, so nothing is signed"
            : "the configuration has no section dkim \(domain ?? ""); it has \(names)"
        return CommandFailure(ExitCode.configuration, problem)
    }
}

/// What was asked for already.
private final class KnownAnswers {
    private var answers: [String: TextRecordAnswer] = [:]

    func answer(_ name: String, _ ask: (String) -> TextRecordAnswer) -> TextRecordAnswer {
        if let answer = answers[name] { return answer }
        let answer = ask(name)
        answers[name] = answer
        return answer
    }
}
