// `check --connect`: opens a session to each relay, up to the point where mail could be sent, and says in
// words what came of it. No mail is sent.
internal import Delivery
internal import LinuxIO
internal import MailCore
internal import ProgramEnvironment
internal import SMTPClient
internal import SmarthostConfiguration

struct RelayCheck {
    private let configuration: Configuration
    private let context: ControlContext
    private let report: CheckReport

    init(_ configuration: Configuration, _ context: ControlContext, _ report: CheckReport) {
        self.configuration = configuration
        self.context = context
        self.report = report
    }

    func run() async {
        let passwords = Passwords.system(workers: context.workers) {
            writeToStandardError("smarthostctl: \($0)\n")
        }
        let connector = RelayConnector(
            on: context.loop, workers: context.workers,
            credentials: AccountCredentials(configuration, passwords), identityFiles: readSystemIdentityFile)
        for account in configuration.accounts {
            guard case .relay(let relay) = account.route else { continue }
            // Each host is asked: the daemon would find out about the others only when the first is down.
            for host in [relay] + relay.alternatives { await check(host, account, connector) }
        }
    }

    private func check(_ relay: Relay, _ account: Account, _ connector: RelayConnector) async {
        do throws(DeliveryFailure) {
            let route = try SMTPClient.Route(relay, account: account.name).forImpatience
            let session = try await connector.open(route)
            let text = Self.describe(session)
            await session.quit()
            report.good("account \(account.name)", text)
        } catch {
            report.unusable("account \(account.name)", RelayAdvice.text(for: error))
        }
    }

    private static func describe(_ session: RelaySession) -> String {
        var parts = ["\(session.route.endpoint) answers", session.tlsSummary ?? "without TLS"]
        switch session.route.authentication {
        case .none: parts.append("no login")
        case .strongest(let login), .token(let login), .mechanism(_, let login):
            parts.append(login.user.isEmpty ? "logged in" : "logged in as \(login.user)")
        }
        if let limit = session.capabilities.sizeLimit { parts.append("takes up to \(limit) bytes") }
        return parts.joined(separator: ", ")
    }
}
