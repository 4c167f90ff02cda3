// Starting programs and reading what they cost: the one file here that calls C. Throws BenchmarkFailure.
import CLinux
import LinuxIO

/// A program with its arguments and where its standard streams lead.
struct Program {
    let path: String
    var arguments: [String] = []
    /// Standard input, a file.
    var input = "/dev/null"
    /// Standard output and error, a file that is made or emptied.
    var output = "/dev/null"

    var commandLine: String {
        ([path] + arguments).joined(separator: " ") + (input == "/dev/null" ? "" : " < \(input)")
    }

    /// Starts it with posix_spawn, which copies no memory of ours.
    func start() throws(BenchmarkFailure) -> RunningProgram {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let result = posix_spawn(&process, path, &actions, nil, words, linux_environment())
        guard result == 0 else { throw BenchmarkFailure("\(path): \(String(cString: strerror(result)))") }
        return RunningProgram(id: process, name: path)
    }

    /// Starts it and waits for its end; throws where that was not a success.
    func run() throws(BenchmarkFailure) {
        let status = try start().wait()
        guard status == 0 else { throw BenchmarkFailure("\(commandLine): ended with wait status \(status)") }
    }
}

/// A program that was started and has to be waited for.
struct RunningProgram {
    let id: pid_t
    let name: String

    func terminate() { kill(id, SIGTERM) }

    /// The status as wait(2) gives it.
    func wait() throws(BenchmarkFailure) -> Int32 {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 {
            guard linux_errno() == EINTR else { throw BenchmarkFailure("\(name): cannot be waited for") }
        }
        return status
    }

    /// Waits while the loop goes on; throws where the end was not a success.
    func succeed(on loop: EventLoop) async throws(BenchmarkFailure) {
        var status: Int32 = 0
        while waitpid(id, &status, WNOHANG) == 0 {
            await Alarm(on: loop).sleep(until: .after(.milliseconds(5)))
        }
        guard status == 0 else { throw BenchmarkFailure("\(name): ended with wait status \(status)") }
    }

    /// CPU seconds so far by the name of the thread, user and system together.
    func processorSeconds() throws(BenchmarkFailure) -> [String: Double] {
        var seconds: [String: Double] = [:]
        let folder = "/proc/\(id)/task"
        do throws(SystemError) {
            for thread in try Files.names(in: folder) {
                guard let thread = ProcessStatus("\(folder)/\(thread)") else { continue }
                seconds[thread.name, default: 0] += thread.seconds
            }
        } catch {
            throw BenchmarkFailure("\(name): \(error)")
        }
        return seconds
    }

    /// The largest resident size so far, in kilobytes.
    func peakMemory() throws(BenchmarkFailure) -> Int {
        do throws(SystemError) {
            let text = String(decoding: try Files.read("/proc/\(id)/status", limit: 65_536), as: UTF8.self)
            let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return line.flatMap { Int($0.split(whereSeparator: { " \t".contains($0) })[1]) } ?? 0
        } catch {
            throw BenchmarkFailure("\(name): \(error)")
        }
    }
}

/// What /proc says of a process or a thread.
private struct ProcessStatus {
    var name: String
    var parent: pid_t
    /// CPU, user and system together.
    var seconds: Double
    /// The same of its children that have ended.
    var secondsOfEndedChildren: Double

    /// Nil where it ended meanwhile.
    init?(_ folder: String) {
        guard let bytes = try? Files.read("\(folder)/stat", limit: 65_536) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        // "id (name) state …": ppid is the 4th field, utime, stime, cutime and cstime are the 14th to 17th (proc(5)).
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[close...].split(separator: " ")
        guard fields.count > 15 else { return nil }
        let ticks = fields[12...15].map { Double($0) ?? 0 }
        let second = Double(sysconf(Int32(_SC_CLK_TCK)))
        name = String(text[text.index(after: open)..<close])
        parent = pid_t(fields[2]) ?? 0
        seconds = (ticks[0] + ticks[1]) / second
        secondsOfEndedChildren = (ticks[2] + ticks[3]) / second
    }
}

/// CPU seconds so far of a process and its children by the name of the program; what ended is under "ended".
func processorSeconds(ofFamily leader: pid_t) throws(BenchmarkFailure) -> [String: Double] {
    var seconds: [String: Double] = [:]
    do throws(SystemError) {
        for id in try Files.names(in: "/proc").compactMap({ pid_t($0) }) {
            guard let process = ProcessStatus("/proc/\(id)"), id == leader || process.parent == leader else {
                continue
            }
            seconds[process.name, default: 0] += process.seconds
            if id == leader { seconds["ended", default: 0] += process.secondsOfEndedChildren }
        }
    } catch {
        throw BenchmarkFailure("/proc: \(error)")
    }
    return seconds
}

/// CPU seconds of all children that were waited for, and of theirs.
func processorSecondsOfEndedChildren() -> Double {
    var usage = rusage()
    getrusage(Int32(RUSAGE_CHILDREN.rawValue), &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
}

/// CPU seconds of this process, or of the calling thread.
func ownProcessorSeconds(ofThread: Bool = false) -> Double {
    var time = timespec()
    clock_gettime(ofThread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A listening TCP socket on a free port of the loopback interface.
func listenOnLoopback() throws(BenchmarkFailure) -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var on: Int32 = 1
    // Accepted connections take it over.
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutableBytes(of: &address) { bytes in
        let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
        return bind(descriptor, pointer, length) == 0 && listen(descriptor, 128) == 0
            && getsockname(descriptor, pointer, &length) == 0
    }
    guard isBound else { throw BenchmarkFailure("cannot listen on 127.0.0.1") }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}
