// `smarthostctl dkim …`: makes keys, shows their records, signs and verifies messages as filters do.
// Every failure is one line on standard error and an exit code of sysexits.h.

enum DKIMCommand {
    static var usage: String { HelpText.usage(of: "dkim") }

    /// Runs the subcommand that the first argument names; gives the exit code.
    static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
        do {
            let rest = Array(arguments.dropFirst())
            switch arguments.first {
            case "keygen": try DKIMKeygen.run(rest, environment)
            case "record": try DKIMRecord.run(rest, environment)
            case "sign": try DKIMSign.run(rest, environment)
            case "verify": return try DKIMVerify.run(rest, environment)
            case "help", "--help": try environment.print(usage)
            case let other:
                let problem = other.map { "dkim has no subcommand '\($0)'" } ?? "dkim needs a subcommand"
                throw CommandFailure(ExitCode.usage, "\(problem)\n\(usage)")
            }
            return ExitCode.success
        } catch let failure as CommandFailure {
            environment.complain(failure.text)
            return failure.code
        } catch {
            environment.complain("\(error)")
            return ExitCode.system
        }
    }
}
