// Runs a command that the administrator wrote into the configuration (`passwordeval`, `eval`) in the
// shell, as msmtp does, and reads its first lines. It blocks, so a running daemon does it on a worker.
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
    let child = try spawnShell(command)
    do throws(CommandFailure) {
        let output = try readAll(child.output, limit: limit, until: deadline)
        let status = try wait(for: child.process)
        guard status == 0 else { throw .status(status) }
        return output
    } catch {
        if error == .timedOut || error == .outputTooLong {
            // The whole group: the shell's own children would keep the pipe open.
            kill(-child.process, SIGKILL)
            _ = try? wait(for: child.process)
        }
        throw error
    }
}

private struct Child: ~Copyable {
    let process: pid_t
    let output: Descriptor
}

private func spawnShell(_ command: String) throws(CommandFailure) -> Child {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .system(.current("pipe2")) }
    let reading = Descriptor(adopting: ends[0])
    let writing = Descriptor(adopting: ends[1])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, writing.number, 1)
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
    let arguments: [UnsafeMutablePointer<CChar>?] =
        ["sh", "-c", command].map { (text: String) in strdup(text) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let result = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, linux_environment())
    guard result == 0 else { throw .system(SystemError("posix_spawn /bin/sh", number: result)) }
    return Child(process: process, output: reading)
}

private func readAll(
    _ pipe: borrowing Descriptor, limit: Int, until deadline: Deadline
) throws(CommandFailure) -> [UInt8] {
    var output: [UInt8] = []
    while true {
        var poller = pollfd(fd: pipe.number, events: Int16(POLLIN), revents: 0)
        let ready = poll(&poller, 1, deadline.remainingMilliseconds)
        if ready == 0 { throw .timedOut }
        if ready < 0 && linux_errno() != EINTR { throw .system(.current("poll")) }
        if ready < 0 { continue }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(pipe.number, &buffer, buffer.count)
        if count < 0 && linux_errno() != EINTR { throw .system(.current("read")) }
        if count == 0 { return output }
        output += buffer.prefix(max(0, count))
        if output.count > limit { throw .outputTooLong }
    }
}

private func wait(for process: pid_t) throws(CommandFailure) -> Int32 {
    var status: Int32 = 0
    do throws(SystemError) {
        try checked("waitpid") { waitpid(process, &status, 0) }
    } catch {
        throw .system(error)
    }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
}
