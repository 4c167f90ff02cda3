// `smarthostctl dkim …`: makes keys, shows their records, signs and verifies messages as filters do. Throws
// CommandFailure, one line for standard error and an exit code of sysexits.h.

enum DKIMCommand {
    /// Runs the subcommand; gives the exit code.
    static func run(
        _ command: CommandDescription, _ arguments: CommandArguments, _ environment: CommandEnvironment
    ) throws -> Int32 {
        switch command.name {
        case "dkim keygen": try DKIMKeygen.run(arguments, environment)
        case "dkim record": try DKIMRecord.run(arguments, environment)
        case "dkim sign": try DKIMSign.run(arguments, environment)
        default: return try DKIMVerify.run(arguments, environment)
        }
        return ExitCode.success
    }
}
