// Runs programs and gathers what they say. Throws Failure where one does not start or does not end.
// Nothing blocks: other tests go on while one waits.

import Glibc

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    static func system(_ what: String) -> Failure { Failure("\(what): \(String(cString: strerror(errno)))") }
}

/// Looks again and again until `value` gives something.
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(30), _ value: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await value() { return value }
        guard ContinuousClock.now < deadline else { throw Failure("\(what): not so after \(limit)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}

struct Outcome: Equatable {
    /// Negative: the signal that ended it.
    var exitCode: CInt
    var output = ""
    var error = ""

    static let silentSuccess = Outcome(exitCode: 0)

    /// Its standard output, where it succeeded.
    func succeeded(_ what: String) throws -> String {
        guard exitCode == 0 else { throw Failure("\(what) ended with \(exitCode): \(error)\(output)") }
        return output
    }
}

/// A running program. Its streams are files, so that none of them can fill up.
struct Program: Sendable {
    let process: pid_t
    private let name: String
    private let folder: Folder

    /// The first word is the program's path, or a name to be looked for in PATH. Without `environment` it
    /// has what every program needs.
    /// `log`: where standard error goes on at the end of a file that stays.
    init(
        _ words: [String], input: [UInt8] = [], environment: [String: String]? = nil, log: String? = nil
    ) throws {
        folder = try Folder()
        name = words[0]
        try writeFile(folder.file("input"), input)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, folder.file("input"), O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, folder.file("output"), O_WRONLY | O_CREAT, 0o600)
        let error = log ?? folder.file("error")
        posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        // Other tests run at the same time: what they have open is not this program's.
        for other in CInt(3)..<256 { posix_spawn_file_actions_addclose(&actions, other) }
        process = try spawn(words, environment, &actions)
    }

    /// Waits for its end; a program that takes too long is killed.
    func outcome(within limit: Duration = .seconds(60)) async throws -> Outcome {
        let status: CInt
        do {
            status = try await eventually("the end of \(name)", within: limit) { ended() }
        } catch {
            kill(process, SIGKILL)
            throw error
        }
        return Outcome(
            exitCode: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F),
            output: String(decoding: try readFile(folder.file("output")), as: UTF8.self),
            error: String(decoding: (try? readFile(folder.file("error"))) ?? [], as: UTF8.self))
    }

    /// Its status, if it has ended.
    private func ended() -> CInt? {
        var status: CInt = 0
        return waitpid(process, &status, WNOHANG) == process ? status : nil
    }
}

/// Runs a program to its end.
func run(
    _ words: [String], input: [UInt8] = [], environment: [String: String]? = nil,
    within limit: Duration = .seconds(60)
) async throws -> Outcome {
    try await Program(words, input: input, environment: environment).outcome(within: limit)
}

private let ownEnvironment: [String: String] = {
    var environment: [String: String] = [:]
    for name in ["PATH", "HOME", "SMARTHOST_LAB"] {
        environment[name] = getenv(name).map { String(cString: $0) }
    }
    return environment
}()

private func spawn(
    _ words: [String], _ environment: [String: String]?, _ actions: UnsafePointer<posix_spawn_file_actions_t>
) throws -> pid_t {
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] =
        (environment ?? ownEnvironment).map { strdup("\($0)=\($1)") } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, words[0], actions, nil, arguments, variables)
    guard code == 0 else { throw Failure("\(words[0]) does not start: \(String(cString: strerror(code)))") }
    return process
}
