// smarthostctl from its arguments to its exit code. Every failure ends here, as one line on standard error.
internal import LinuxIO
internal import ProgramEnvironment
internal import SmarthostConfiguration

/// The program.
public enum ControlProgram {
    /// Runs the program of that name, which is smarthostctl unless it is one of a DKIM filter; gives the exit
    /// code.
    public static func run(as path: String, _ arguments: [String]) -> Int32 {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let filter = NamedFilter(rawValue: name) else { return run(arguments) }
        return filter.run(arguments, .live(as: filter))
    }

    /// Runs the command that the arguments name, on a loop of its own in this thread.
    private static func run(_ arguments: [String]) -> Int32 {
        do throws(SystemError) {
            let loop = try EventLoop()
            let workers = try WorkerPool(threads: 2, named: "worker")
            let code = Result()
            loop.spawn {
                let source = ConfigurationSource.system()
                let environment = CommandEnvironment.live(
                    source: source, configurationFile: value(of: "--config", in: arguments))
                let context = ControlContext(
                    environment: environment, loop: loop, workers: workers, source: source)
                code.value = await run(arguments, context)
                loop.stop()
            }
            loop.run()
            workers.shutDown()
            return code.value
        } catch {
            writeToStandardError("smarthostctl: \(error)\n")
            return ExitCode.system
        }
    }

    /// `@unchecked Sendable`: written on the loop's thread, read on the same one when the loop has ended.
    private final class Result: @unchecked Sendable { var value = ExitCode.system }

    static func run(_ arguments: [String], _ context: ControlContext) async -> Int32 {
        do {
            if let text = try answer(arguments) {
                try context.environment.print(text)
                return ExitCode.success
            }
            let (command, rest) = try CommandTable.find(arguments)
            return try await run(command, CommandArguments(rest, for: command), context)
        } catch let failure as CommandFailure {
            context.environment.complain(failure.text)
            return failure.code
        } catch {
            context.environment.complain("\(error)")
            return ExitCode.system
        }
    }

    private static func run(
        _ command: CommandDescription, _ arguments: CommandArguments, _ context: ControlContext
    ) async throws -> Int32 {
        switch command.name {
        case "check": return try await CheckCommand(arguments, context).run()
        case "send": return try await SendCommand(arguments, context).run()
        case "configure": return try await ConfigureCommand(arguments, context).run()
        case "dkim check": return try DKIMCheck.run(arguments, context)
        case "dkim rotate", "dkim status": return try await QueueCommand(arguments, context).run(command)
        case _ where command.group == "dkim":
            return try DKIMCommand.run(command, arguments, context.environment)
        default: return try await QueueCommand(arguments, context).run(command)
        }
    }

    /// What `help`, `--help` and `--version` print; nil for everything else.
    private static func answer(_ arguments: [String]) throws(CommandFailure) -> String? {
        let options = arguments.prefix { $0 != "--" }
        if options.contains("--version") { return HelpText.version }
        let wantsHelp = options.contains("--help")
        guard wantsHelp || arguments.first == "help" else { return nil }
        let words = arguments.dropFirst(arguments.first == "help" ? 1 : 0).filter { !$0.hasPrefix("-") }
        guard let group = words.first else { return HelpText.overview }
        if let text = HelpText.details(of: group) { return text }
        throw CommandFailure(
            ExitCode.usage, "there is no command '\(group)'; smarthostctl help lists those there are")
    }

    /// `dkim record` reads the configuration through its environment, which is made before its arguments are.
    private static func value(of option: String, in arguments: [String]) -> String? {
        guard let index = arguments.firstIndex(where: { $0 == option || $0.hasPrefix("\(option)=") })
        else { return nil }
        if arguments[index] != option { return String(arguments[index].dropFirst(option.count + 1)) }
        return index + 1 < arguments.count ? arguments[index + 1] : nil
    }
}
