// What the results are compared with, measured in the same run: openssl speed on the same cores, and how
// often the spool's disk can sync. Throws BenchmarkFailure.
import LinuxIO

enum Yardsticks {
    /// RSA-2048 signatures per second of one core's CPU time.
    static func signaturesOnOneCore() throws(BenchmarkFailure) -> Double {
        try rsa("openssl speed -mr -seconds 2 rsa2048")
    }

    /// RSA-2048 signatures per second by the clock, on all cores at once.
    static func signaturesOnAllCores(_ cores: Int) throws(BenchmarkFailure) -> Double {
        try rsa("openssl speed -mr -elapsed -seconds 2 -multi \(cores) rsa2048")
    }

    /// Bytes per second of one core's CPU time.
    static func sha256() throws(BenchmarkFailure) -> Double {
        let command = "openssl speed -mr -seconds 2 -bytes 16384 -evp sha256"
        return try field(3, ofLine: "+F:", in: output(of: command), command)
    }

    /// How often in a second 10 KB can be appended to a file of this folder and synced, by the median of many
    /// times: a disk that others use too has outliers.
    static func syncs(in folder: String) throws(BenchmarkFailure) -> Double {
        let path = "\(folder)/syncs"
        let block = [UInt8](repeating: 0x2E, count: 10_240)
        do throws(SystemError) {
            let file = try File(path: path, .create(mode: 0o600))
            defer { try? Files.remove(path) }
            var times: [UInt64] = []
            for _ in 0..<500 {
                let start = monotonicNanoseconds()
                try file.write(block)
                try file.sync()
                times.append(monotonicNanoseconds() - start)
            }
            return 1e9 / Double(times.sorted()[times.count / 2])
        } catch {
            throw BenchmarkFailure("\(error)")
        }
    }

    /// "+F2:<kind>:<bits>:<signatures/s>:<verifications/s>", the last one being the sum of all processes.
    private static func rsa(_ command: String) throws(BenchmarkFailure) -> Double {
        try field(3, ofLine: "+F2:", in: output(of: command), command)
    }

    private static func output(of command: String) throws(BenchmarkFailure) -> String {
        Report.command(command)
        do throws(CommandFailure) {
            let bytes = try outputOfShellCommand("\(command) 2>/dev/null", until: .after(.seconds(60)))
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw BenchmarkFailure("\(command): \(error)")
        }
    }

    private static func field(
        _ index: Int, ofLine start: String, in text: String, _ command: String
    ) throws(BenchmarkFailure) -> Double {
        let line = text.split(separator: "\n").last { $0.hasPrefix(start) }
        let fields = line?.split(separator: ":") ?? []
        guard fields.count > index, let value = Double(fields[index]), value > 0 else {
            throw BenchmarkFailure("\(command): its output was not understood")
        }
        return value
    }
}
