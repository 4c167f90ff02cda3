// Programs that a test runs: the ones under test, found beside the test program, and others.
// Throws TestFailure.

import Glibc
import Synchronization

import func CLinux.posix_spawn_file_actions_addclosefrom_np

/// The program of that name that was built with the tests.
public func builtProgram(_ name: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    let folder = own.prefix(upTo: own.lastIndex(of: UInt8(ascii: "/")) ?? 0)
    return String(decoding: folder, as: UTF8.self) + "/" + name
}

/// How a program ended: its exit code, or the negative number of the signal that ended it.
public struct ProgramOutcome: Equatable, Sendable {
    public let exitCode: Int32
    public let output: String
    public let error: String

    public init(exitCode: Int32, output: String = "", error: String = "") {
        self.exitCode = exitCode
        self.output = output
        self.error = error
    }
}

/// A running program. One that nobody waited for is killed with its last holder.
public final class Program: Sendable {
    public let processID: Int32
    private let outputPath: String
    private let errorPath: String
    private let status = Mutex<Int32?>(nil)
    private static let serial = Atomic(0)

    /// Standard input is a file, standard output and error are gathered in the folder; `inherited` becomes
    /// the program's descriptor 3.
    public init(
        _ program: String, _ arguments: [String] = [], in folder: TemporaryFolder,
        input: String = "/dev/null", environment: [String] = [], inherited: Int32? = nil
    ) throws {
        let serial = Self.serial.add(1, ordering: .relaxed).newValue
        outputPath = try folder.write([], to: "stdout.\(serial)")
        errorPath = try folder.write([], to: "stderr.\(serial)")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_APPEND, 0)
        // Other tests run at the same time: a connection of theirs must not live on in this program.
        if let inherited { posix_spawn_file_actions_adddup2(&actions, inherited, 3) }
        posix_spawn_file_actions_addclosefrom_np(&actions, inherited == nil ? 3 : 4)
        processID = try Self.spawn(program, arguments, environment, &actions)
    }

    deinit {
        if status.withLock({ $0 }) != nil { return }
        kill(processID, SIGKILL)
        var status: Int32 = 0
        waitpid(processID, &status, 0)
    }

    public func signal(_ number: Int32) { kill(processID, number) }

    public var hasEnded: Bool { exitCode != nil }

    /// Nil while it runs.
    private var exitCode: Int32? {
        status.withLock { known in
            if let known { return known }
            var status: Int32 = 0
            guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
            known = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
            return known
        }
    }

    /// Waits for its end.
    @discardableResult
    public func outcome(seconds: Int = 60) throws -> ProgramOutcome {
        var code: Int32?
        try waitUntil("process \(processID) ends; it said: \(error)", seconds: seconds) {
            code = exitCode
            return code != nil
        }
        return ProgramOutcome(exitCode: code ?? -1, output: output, error: error)
    }

    /// What it wrote so far.
    public var output: String { Self.text(outputPath) }
    public var error: String { Self.text(errorPath) }

    /// The most memory it had so far, in kilobytes.
    public func peakMemory() throws -> Int {
        let status = String(decoding: try readFile("/proc/\(processID)/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) } ?? .max
    }

    private static func text(_ path: String) -> String {
        String(decoding: (try? readFile(path)) ?? [], as: UTF8.self)
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String],
        _ actions: UnsafePointer<posix_spawn_file_actions_t>
    ) throws -> pid_t {
        let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, actions, nil, words, variables)
        guard code == 0 else { throw TestFailure("\(program) does not start", errno: code) }
        return process
    }
}
