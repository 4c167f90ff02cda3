// What the daemon is asked: `queue`, `flush`, `status`, `dkim rotate` and `dkim status`. Where none runs the
// queue can still be looked at. Throws CommandFailure.
internal import SmarthostConfiguration
internal import SubmissionWire

struct QueueCommand {
    private let arguments: CommandArguments
    private let context: ControlContext

    init(_ arguments: CommandArguments, _ context: ControlContext) {
        self.arguments = arguments
        self.context = context
    }

    func run(_ command: CommandDescription) async throws -> Int32 {
        let request = try request(command)
        let path = try socketPath()
        do throws(DaemonFailure) {
            let answer = try await DaemonClient(path: path, loop: context.loop).ask(request)
            return try show(answer)
        } catch .notRunning(let reason) {
            return try await withoutDaemon(request, path, reason)
        } catch .other(let failure) {
            throw failure
        }
    }

    private func request(_ command: CommandDescription) throws(CommandFailure) -> SubmissionRequest {
        switch command.name {
        case "queue":
            try arguments.require(0...1)
            if let word = arguments.words.first, word != "list" {
                throw CommandFailure(
                    ExitCode.usage, "queue has no subcommand '\(word)'; see smarthostctl help queue")
            }
            return SubmissionRequest(.queue)
        case "queue show": return try request(.show, 1...1)
        case "queue delete": return try request(.delete, 1...1)
        case "flush": return try request(.flush, 0...1)
        case "dkim rotate": return try DKIMRotate.request(arguments)
        case "dkim status": return try DKIMStatus.request(arguments)
        default: return try request(.status, 0...0)
        }
    }

    private func request(
        _ command: SubmissionWire.Command, _ count: ClosedRange<Int>
    ) throws(CommandFailure) -> SubmissionRequest {
        try arguments.require(count)
        var request = SubmissionRequest(command)
        request.arguments = arguments.words.map { Array($0.utf8) }
        return request
    }

    /// `--socket`, else SMARTHOST_SOCKET, else the configuration's first. A configuration that cannot be read,
    /// as an ordinary user may not, says nothing unless it was named here.
    private func socketPath() throws(CommandFailure) -> String {
        if let path = arguments["--socket"] { return path }
        if let path = context.source.environment("SMARTHOST_SOCKET"), !path.isEmpty { return path }
        let configuration: Configuration?
        if let file = arguments["--config"] {
            configuration = try context.loadConfiguration(file)
        } else {
            configuration = try? Configuration.load(context.location(nil), from: context.source)
        }
        return configuration?.daemon.listeners.first?.path ?? DaemonSettings.standardSocket
    }

    private func show(_ answer: DaemonAnswer) throws(DaemonFailure) -> Int32 {
        do {
            try context.environment.write(answer.output)
        } catch {
            throw .other(CommandFailure(ExitCode.system, "\(error)"))
        }
        let code = Int32(answer.verdict.exitCode.rawValue)
        if code != ExitCode.success {
            context.environment.complain(String(decoding: answer.verdict.text, as: UTF8.self))
        }
        return code
    }

    private func withoutDaemon(
        _ request: SubmissionRequest, _ path: String, _ reason: String
    ) async throws -> Int32 {
        let problem = "no daemon answers on \(path) (\(reason))"
        guard request.command == .queue || request.command == .show else {
            throw CommandFailure(
                ExitCode.unavailable,
                "\(problem); start it: systemctl start smarthost.socket, or smarthostd --config FILE")
        }
        let directory = try context.loadConfiguration(arguments["--config"]).daemon.spoolDirectory
        let spool = SpoolFallback(directory: directory, daemon: problem, context: context)
        if request.command == .queue { return try await spool.list() }
        return try await spool.show(arguments.words.first ?? "")
    }
}
