// `check`: reads the configuration as the daemon does, shows what is in force, and goes after everything
// that would fail later. It changes nothing. Throws CommandFailure for wrong arguments only.
internal import SmarthostConfiguration

struct CheckCommand {
    private let arguments: CommandArguments
    private let context: ControlContext

    init(_ arguments: CommandArguments, _ context: ControlContext) {
        self.arguments = arguments
        self.context = context
    }

    func run() async throws(CommandFailure) -> Int32 {
        try arguments.require(0...0)
        let report = CheckReport(context.environment)
        let location = context.location(arguments["--config"])
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try Configuration.load(location, from: context.source)
        } catch {
            for diagnostic in error.errors { report.error("\(diagnostic)") }
            for diagnostic in error.warnings { report.warning("\(diagnostic)") }
            return report.finish()
        }
        report.print(
            configuration.file.map { "configuration: \($0)" }
                ?? "configuration: none (there is no \(location.path)); this holds without one",
            "checked as: \(context.userName)\(rootsView)", "", configuration.renderedText)
        for diagnostic in configuration.warnings { report.warning("\(diagnostic)") }
        await look(at: configuration, report)
        return report.finish()
    }

    /// Root may read and write what the daemon's user may not.
    private var rootsView: String {
        guard context.source.process.userID == 0 else { return "" }
        return "; what the daemon's own user may read and write, ask as that user: runuser -u smarthost -- "
            + "smarthostctl check (with DynamicUser= it exists only while the service runs, and does not see "
            + "the files that systemd hands to the service as credentials)"
    }

    private func look(at configuration: Configuration, _ report: CheckReport) async {
        let connects = arguments["--connect"] != nil
        let currentKeys = CurrentKeys(configuration) { report.warning("\($0)") }
        for section in configuration.dkim {
            KeyCheck(section, context, currentKeys, report).run(asksDNS: connects)
        }
        for account in configuration.accounts {
            await AccountCheck(account, context, report).run()
        }
        for listener in configuration.daemon.listeners {
            await SocketCheck(listener, context, report).run()
        }
        await SpoolCheck(configuration.daemon, context, report).run()
        guard connects else { return }
        await RelayCheck(configuration, context, report).run()
    }
}
