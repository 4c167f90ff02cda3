// Benchmarks: what bench/run runs after it has prepared a folder. Usage: Benchmarks PROGRAMS FOLDER CORES [relaying],
// where "relaying" is the part in which other mail programs take part, in a laboratory if there is one.
// Everything is measured in one run and printed as ratios; a number alone says nothing about another machine.
import LinuxIO
import TLS

let arguments = CommandLine.arguments
guard (4...5).contains(arguments.count), let cores = Int(arguments[3]) else {
    writeToStandardError("usage: Benchmarks PROGRAMS FOLDER CORES [relaying]\n")
    exitProcess(64)
}
let place = Workplace(programs: arguments[1], folder: arguments[2], cores: cores)

do throws(SystemError) {
    let loop = try EventLoop()
    loop.spawn {
        do throws(BenchmarkFailure) {
            if arguments.last == "relaying" {
                try await Relaying(place, loop).run()
            } else {
                try await runBenchmarks(place, loop)
            }
            exitProcess(0)
        } catch {
            writeToStandardError("bench: \(error.text)\n")
            exitProcess(1)
        }
    }
    loop.run()
} catch {
    writeToStandardError("bench: \(error)\n")
    exitProcess(71)
}

func runBenchmarks(_ place: Workplace, _ loop: EventLoop) async throws(BenchmarkFailure) {
    let silent = try Sink(on: loop, tls: try relayIdentity(place))
    try await withDaemon(place, silent, loop) { daemon throws(BenchmarkFailure) in
        Report.section("Starts: sendmail against /bin/true. fsync on")
        try Starts.run(place)
        Report.section("Acceptance: \(Submitters.parallel) submitters, 10 KB, until on the disk. fsync on")
        try await Throughput.acceptance(place, daemon, loop)
    }
    let sink = try Sink(on: loop, tls: try relayIdentity(place))
    sink.open()
    try await withDaemon(place, sink, loop) { daemon throws(BenchmarkFailure) in
        Report.section(
            "The whole way: \(Submitters.parallel) submitters, 10 KB, spool, RSA-2048, SMTP. fsync on, TLS on, verified"
        )
        try await Throughput.wholeWay(place, daemon, sink, loop)
    }
    Report.section("Signatures: DKIMCore on one core, CPU time")
    try Signatures.run(place)
    Report.section(
        "Peers: the same messages of 2, 10 and 100 KB, RSA-2048, relaxed/relaxed, one core, CPU time")
    try Peers.run(place)
}

private func withDaemon(
    _ place: Workplace, _ sink: Sink, _ loop: EventLoop,
    _ work: (DaemonUnderTest) async throws(BenchmarkFailure) -> Void
) async throws(BenchmarkFailure) {
    let daemon = try await DaemonUnderTest(place, relayPort: sink.port, on: loop)
    do throws(BenchmarkFailure) {
        try await work(daemon)
    } catch {
        sink.close()
        try? daemon.end(place)
        throw error
    }
    // Whoever waits for a relay that never greets waits no longer.
    sink.close()
    try daemon.end(place)
}

func relayIdentity(_ place: Workplace) throws(BenchmarkFailure) -> TLSServerContext {
    do throws(TLSFailure) {
        return try TLSServerContext(certificateFile: place.certificate, keyFile: place.certificateKey)
    } catch {
        throw BenchmarkFailure("\(error)")
    }
}
