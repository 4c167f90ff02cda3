// What a check found, a line each: what is in order on standard output, what is not on standard error, so that
// `smarthostctl check >/dev/null` is silent where nothing is wrong.

final class CheckReport {
    private let environment: CommandEnvironment
    private var errors = 0
    private var warnings = 0
    private var unusableRelays = 0

    init(_ environment: CommandEnvironment) { self.environment = environment }

    /// `place` is the file, account or socket concerned; `text` says what is wrong and what to do.
    func error(_ place: String, _ text: String) { error("\(place): \(text)") }

    /// A finding that names its place itself.
    func error(_ text: String) {
        errors += 1
        environment.complain(text)
    }

    func warning(_ place: String, _ text: String) { warning("\(place): warning: \(text)") }

    func warning(_ text: String) {
        warnings += 1
        environment.complain(text)
    }

    /// A relay that mail cannot be sent over.
    func unusable(_ place: String, _ text: String) {
        unusableRelays += 1
        environment.complain("\(place): \(text)")
    }

    func good(_ place: String, _ text: String) { print("\(place): \(text)") }

    /// What nobody reads is no reason to stop looking.
    func print(_ lines: String...) { for line in lines { try? environment.print(line) } }

    /// The last line, and the exit code: the configuration's faults come before the relays'.
    func finish() -> Int32 {
        let counts = [
            (errors, "error"), (unusableRelays, "unusable relay"), (warnings, "warning"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        print("", counts.isEmpty ? "Nothing is wrong." : "Found: \(counts.joined(separator: ", ")).")
        if errors > 0 { return ExitCode.configuration }
        return unusableRelays > 0 ? ExitCode.unavailable : ExitCode.success
    }
}
