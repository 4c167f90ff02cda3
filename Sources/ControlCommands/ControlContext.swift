// What the commands that go beyond one file work with: the streams, the loop, and the configuration's outside
// world, which is the same that the daemon reads its configuration through.
internal import LinuxIO
internal import SmarthostConfiguration

struct ControlContext {
    let environment: CommandEnvironment
    let loop: EventLoop
    let workers: WorkerPool
    let source: ConfigurationSource

    /// The configuration as the daemon would load it. Throws CommandFailure after every error but the last
    /// one was told.
    func loadConfiguration(_ argument: String?) throws(CommandFailure) -> Configuration {
        let location = location(argument)
        do throws(ConfigurationError) {
            return try Configuration.load(location, from: source)
        } catch {
            for diagnostic in error.errors.dropLast() { environment.complain("\(diagnostic)") }
            let last = error.errors.last?.description ?? "\(location.path): cannot be used"
            throw CommandFailure(ExitCode.configuration, last)
        }
    }

    func location(_ argument: String?) -> ConfigurationLocation {
        .choose(argument: argument, environment: source.environment)
    }

    /// `root (uid 0)`.
    var userName: String {
        let process = source.process
        return process.userName.map { "\($0) (uid \(process.userID))" } ?? "uid \(process.userID)"
    }
}
