// What the benchmarks print: sections, the command lines they ran, plain readings, and ratios, which alone
// say something about another machine.
import LinuxIO

enum Report {
    static func section(_ title: String) { write("\n== \(title)\n") }

    /// A command line as somebody could type it.
    static func command(_ line: String) { write("   $ \(line)\n") }

    static func reading(_ name: String, _ value: String) { write("   \(padded(name)) \(value)\n") }

    static func ratio(_ name: String, _ value: Double, of what: String) {
        write("   \(padded(name)) \(decimal(value, places: 3))  ← \(what)\n")
    }

    private static func padded(_ name: String) -> String {
        name + String(repeating: " ", count: max(1, 44 - name.count))
    }

    private static func write(_ text: String) { writeToStandardOutput(text) }
}

/// A number with so many digits behind the point.
func decimal(_ value: Double, places: Int = 1) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    return "\(sign)\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
}

/// Why there is no result; one line.
struct BenchmarkFailure: Error {
    let text: String

    init(_ text: String) { self.text = text }
}
