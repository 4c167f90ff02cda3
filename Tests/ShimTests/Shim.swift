// Runs the program and gathers what it says.

import Glibc

struct Outcome: Equatable {
    var exitCode: CInt
    var output = ""
    var error = ""
}

/// Where a standard stream of the program leads.
/// (Without `output` standard output and error are gathered.)
enum Stream {
    case file(String)
    case descriptor(CInt)
    case closed
}

/// A running call of the program.
struct Shim: ~Copyable {
    private let process: pid_t
    private let workspace: Workspace

    init(
        _ arguments: [String], in workspace: Workspace, program: String = programPath,
        input: Stream = .file("/dev/null"), output: Stream? = nil, environment: [String] = []
    ) throws {
        self.workspace = workspace
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        connect(0, to: input, O_RDONLY, &actions)
        for (descriptor, name) in [(CInt(1), "stdout"), (2, "stderr")] {
            let file = Stream.file(try workspace.write([], to: name))
            connect(descriptor, to: output ?? file, O_WRONLY, &actions)
        }
        // Other tests run at the same time: a connection of theirs must not live on in this program.
        for other in CInt(3)..<256 { posix_spawn_file_actions_addclose(&actions, other) }
        process = try spawn(program, arguments, environment, &actions)
    }

    /// The most memory the program had so far, in kilobytes. (The rusage of wait4 would count the memory of
    /// this test program too, because the child shares it until it runs the other program.)
    func peakMemory() throws -> Int {
        let status = String(decoding: try readFile("/proc/\(process)/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) } ?? .max
    }

    /// Waits for its end.
    consuming func outcome() throws -> Outcome {
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure("waitpid") }
        }
        return Outcome(
            exitCode: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F),
            output: String(decoding: try readFile(workspace.file("stdout")), as: UTF8.self),
            error: String(decoding: try readFile(workspace.file("stderr")), as: UTF8.self))
    }
}

private func connect(
    _ number: CInt, to stream: Stream, _ flags: CInt, _ actions: inout posix_spawn_file_actions_t
) {
    switch stream {
    case .file(let path): posix_spawn_file_actions_addopen(&actions, number, path, flags, 0)
    case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, number)
    case .closed: posix_spawn_file_actions_addclose(&actions, number)
    }
}

private func spawn(
    _ program: String, _ arguments: [String], _ environment: [String],
    _ actions: UnsafePointer<posix_spawn_file_actions_t>
) throws -> pid_t {
    let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, program, actions, nil, words, variables)
    guard code == 0 else { throw Failure("\(program) does not start (\(code))") }
    return process
}
