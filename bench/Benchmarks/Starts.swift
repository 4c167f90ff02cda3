// What a caller pays: the time from starting sendmail until its end, against /bin/true started the same way.
// Throws BenchmarkFailure.
import LinuxIO

enum Starts {
    private static let count = 600

    /// The daemon answers on the workplace's socket.
    static func run(_ place: Workplace) throws(BenchmarkFailure) {
        let message = "\(place.folder)/message-2k"
        try place.write(message, sampleMessage(size: 2048))
        let submit = Program(
            path: place.sendmail, arguments: ["--socket", place.socket, "-i", "-t"], input: message)
        let programs = [
            Program(path: "/bin/true"), Program(path: place.sendmail, arguments: ["--version"]), submit,
        ]
        for program in programs { Report.command(program.commandLine) }
        let times = try interleaved(programs)
        Report.reading("starts of each, interleaved", "\(count), medians")
        Report.reading("/bin/true (linked dynamically)", "\(decimal(times[0])) µs")
        Report.reading("sendmail --version", "\(decimal(times[1])) µs")
        Report.reading("sendmail, 2 KB, until it is on the disk", "\(decimal(times[2])) µs")
        Report.ratio("start", times[1] / times[0], of: "sendmail --version over /bin/true, wall time")
        Report.ratio("start and submission", times[2] / times[0], of: "sendmail over /bin/true, wall time")
    }

    /// The median wall time of each, in microseconds.
    private static func interleaved(_ programs: [Program]) throws(BenchmarkFailure) -> [Double] {
        var times = [[UInt64]](repeating: [], count: programs.count)
        for program in programs { for _ in 0..<20 { try program.run() } }
        for _ in 0..<count {
            for (index, program) in programs.enumerated() {
                let start = monotonicNanoseconds()
                try program.run()
                times[index].append(monotonicNanoseconds() - start)
            }
        }
        return times.map { Double($0.sorted()[count / 2]) / 1000 }
    }
}
