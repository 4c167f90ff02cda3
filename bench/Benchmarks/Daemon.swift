// A smarthostd of the benchmark's own: its configuration, its start and end, and what it used in between.
// Throws BenchmarkFailure.
import LinuxIO

struct DaemonUnderTest {
    private let program: RunningProgram

    /// Starts it with a relay on that port of localhost and waits until it answers.
    init(
        _ place: Workplace, relayPort: UInt16, isSigning: Bool = true, on loop: EventLoop
    ) async throws(BenchmarkFailure) {
        let file = "\(place.folder)/smarthost.conf"
        try place.write(file, Self.configuration(place, relayPort, isSigning).utf8)
        let log = "\(place.folder)/smarthostd.log"
        let daemon = Program(path: place.daemon, arguments: ["--config", file], output: log)
        Report.command(daemon.commandLine)
        program = try daemon.start()
        guard let address = SocketAddress(path: place.socket) else {
            throw BenchmarkFailure("\(place.socket): the path is too long for a socket")
        }
        for _ in 0..<500 {
            let deadline = Deadline.after(.seconds(1))
            if let socket = try? await StreamSocket.connect(to: address, on: loop, until: deadline) {
                socket.close()
                return
            }
            await Alarm(on: loop).sleep(until: .after(.milliseconds(10)))
        }
        program.terminate()
        throw BenchmarkFailure("\(place.daemon) does not answer; see \(log)")
    }

    private static func configuration(_ place: Workplace, _ port: UInt16, _ isSigning: Bool) -> String {
        let key = """
            dkim bench.example
            selector bench
            key_file \(place.signingKey)
            """
        return """
            account default
            host localhost
            port \(port)
            tls on
            tls_trust_file \(place.certificate)

            \(isSigning ? key : "")

            daemon
            listen submit unix:\(place.socket)
            spool \(place.folder)/spool

            """
    }

    func usage() throws(BenchmarkFailure) -> Usage {
        Usage(
            wall: monotonicNanoseconds(), daemon: try program.processorSeconds(),
            peers: ownProcessorSeconds(), peakMemory: try program.peakMemory())
    }

    /// Ends it; the next one finds an empty spool.
    func end(_ place: Workplace) throws(BenchmarkFailure) {
        program.terminate()
        _ = try program.wait()
        try Program(path: "/bin/rm", arguments: ["-rf", "\(place.folder)/spool"]).run()
    }
}

/// Readings at one moment; the difference of two is what happened in between.
struct Usage {
    /// Nanoseconds.
    var wall: UInt64
    /// CPU seconds by thread.
    var daemon: [String: Double]
    /// CPU seconds of this process: submitters and sink.
    var peers: Double
    /// Kilobytes.
    var peakMemory: Int

    static func - (late: Usage, early: Usage) -> Usage {
        Usage(
            wall: late.wall - early.wall,
            daemon: late.daemon.merging(early.daemon) { $0 - $1 }, peers: late.peers - early.peers,
            peakMemory: late.peakMemory)
    }

    var seconds: Double { Double(wall) / 1e9 }
    var daemonSeconds: Double { daemon.values.reduce(0, +) }

    /// Prints what each message cost.
    func report(messages: Int) {
        let each = { (seconds: Double) in "\(decimal(seconds / Double(messages) * 1e6)) µs" }
        let threads = daemon.sorted { $0.value > $1.value }.map { "\($0.key) \(each($0.value))" }
        Report.reading("daemon's CPU for each message", each(daemonSeconds))
        Report.reading("  by thread", threads.joined(separator: ", "))
        Report.reading("CPU of submitters and sink for each", each(peers))
        Report.reading(
            "cores in use, of all programs here", decimal((daemonSeconds + peers) / seconds, places: 2))
        Report.reading("daemon's peak memory", "\(peakMemory / 1024) MB")
    }
}
