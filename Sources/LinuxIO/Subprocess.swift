// Runs a command that the administrator wrote into the configuration (`passwordeval`, `eval`) in the shell, as
// msmtp does, or a program of our own without one, and reads what it prints. It blocks, so a running daemon does
// it on a worker.
internal import CLinux

/// Why a command gave no output.
public enum CommandFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case system(SystemError)
    /// It ended with this exit status, or with the number of the signal that ended it, negated.
    case status(Int32)
    case timedOut
    case outputTooLong

    public var description: String {
        switch self {
        case .system(let error): "cannot be run: \(error)"
        case .status(let status) where status < 0: "was ended by signal \(-status)"
        case .status(let status): "ended with exit status \(status)"
        case .timedOut: "did not end in time"
        case .outputTooLong: "printed too much"
        }
    }
}

/// The command's standard output; its input is empty and its standard error is ours.
public func outputOfShellCommand(
    _ command: String, limit: Int = 65_536, until deadline: Deadline
) throws(CommandFailure) -> [UInt8] {
    try wholeOutput(of: Subprocess(shell: command), limit: limit, until: deadline)
}

/// A program's standard output, by its path and without a shell. It reads the input, which is nowhere but in
/// memory; its standard error and environment are ours.
public func outputOfProgram(
    _ path: String, _ arguments: [String] = [], input: [UInt8], limit: Int = 65_536, until deadline: Deadline
) throws(CommandFailure) -> [UInt8] {
    let subprocess = try Subprocess(path, [path] + arguments, input: try memoryFile(input))
    return try wholeOutput(of: subprocess, limit: limit, until: deadline)
}

private func wholeOutput(
    of subprocess: consuming Subprocess, limit: Int, until deadline: Deadline
) throws(CommandFailure) -> [UInt8] {
    let output = try subprocess.readOutput(limit: limit, until: deadline)
    let status = try subprocess.wait(until: deadline)
    guard status == 0 else { throw .status(status) }
    return output
}

/// A file without a name, at its start.
private func memoryFile(_ bytes: [UInt8]) throws(CommandFailure) -> Descriptor {
    do throws(SystemError) {
        let number = try checked("memfd_create") { memfd_create("input", linux_memfd_close_on_exec) }
        let file = Descriptor(adopting: number)
        var rest = bytes[...]
        while !rest.isEmpty {
            rest = rest.dropFirst(
                try checked("write") { rest.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) } }
            )
        }
        try checked("lseek") { lseek(file.number, 0, SEEK_SET) }
        return file
    } catch {
        throw .system(error)
    }
}

/// A running program, in a process group of its own. Whoever lets go of it before it ended ends it.
struct Subprocess: ~Copyable {
    let process: pid_t
    private let output: Descriptor
    private var isReaped = false

    init(shell command: String) throws(CommandFailure) {
        try self.init("/bin/sh", ["sh", "-c", command], input: nil)
    }

    /// The arguments begin with the name that the program sees. Without input there is nothing to read.
    init(
        _ path: String, _ arguments: [String], input: consuming Descriptor?
    ) throws(CommandFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .system(.current("pipe2")) }
        let reading = Descriptor(adopting: ends[0])
        let writing = Descriptor(adopting: ends[1])
        process = try spawn(path, arguments, input: input, output: writing)
        output = reading
    }

    deinit {
        if isReaped { return }
        // The whole group: its own children would go on.
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        _ = try? checked("waitpid") { waitpid(process, nil, 0) }
    }

    /// What it prints until it closes its output.
    func readOutput(limit: Int, until deadline: Deadline) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            var poller = pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, deadline.remainingMilliseconds)
            if ready == 0 { throw .timedOut }
            if ready < 0 && linux_errno() != EINTR { throw .system(.current("poll")) }
            if ready < 0 { continue }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(output.number, &buffer, buffer.count)
            if count < 0 && linux_errno() != EINTR { throw .system(.current("read")) }
            if count == 0 { return bytes }
            bytes += buffer.prefix(max(0, count))
            if bytes.count > limit { throw .outputTooLong }
        }
    }

    /// Its exit status, or the negated number of the signal that ended it. A command that closed its output
    /// need not be at its end.
    mutating func wait(until deadline: Deadline) throws(CommandFailure) -> Int32 {
        var status: Int32 = 0
        var pause: Int32 = 1
        while try !hasEnded(&status) {
            let rest = deadline.remainingMilliseconds
            if rest == 0 { throw .timedOut }
            _ = poll(nil, 0, rest < 0 ? pause : min(pause, rest))
            pause = min(pause * 2, 50)
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }

    private mutating func hasEnded(_ status: inout Int32) throws(CommandFailure) -> Bool {
        do throws(SystemError) {
            isReaped = try checked("waitpid") { waitpid(process, &status, WNOHANG) } == process
        } catch {
            throw .system(error)
        }
        return isReaped
    }
}

private func spawn(
    _ path: String, _ arguments: [String], input: borrowing Descriptor?, output: borrowing Descriptor
) throws(CommandFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    switch input {
    case .some(let input): posix_spawn_file_actions_adddup2(&actions, input.number, 0)
    case .none: posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output.number, 1)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The daemon's blocked signals and its handling of SIGPIPE are not the command's.
    var none = sigset_t()
    sigemptyset(&none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var process = pid_t()
    let words: [UnsafeMutablePointer<CChar>?] =
        arguments.map { (text: String) in strdup(text) } + [nil]
    defer { for word in words { free(word) } }
    let result = posix_spawn(&process, path, &actions, &attributes, words, linux_environment())
    guard result == 0 else { throw .system(SystemError("posix_spawn \(path)", number: result)) }
    return process
}
