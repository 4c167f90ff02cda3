// Names that no other delivery to a Maildir takes, on this machine or another that shares it. What makes
// them unique is given by the caller.

/// Makes file names of the time, the process, a random number and the machine.
public struct MaildirNames: Sendable {
    private let host: String
    private let processID: Int32
    private let clock: @Sendable () -> Int64
    private let random: @Sendable () -> UInt64

    /// The clock gives milliseconds since 1970.
    public init(
        host: String, processID: Int32, clock: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 0 ... .max) }
    ) {
        self.host = Self.escaped(host)
        self.processID = processID
        self.clock = clock
        self.random = random
    }

    func next() -> String {
        let (seconds, milliseconds) = clock().quotientAndRemainder(dividingBy: 1000)
        return "\(seconds).M\(milliseconds * 1000)P\(processID)R\(String(random(), radix: 16)).\(host)"
    }

    /// A slash would lead elsewhere and a colon begin the flags: both have their octal form.
    private static func escaped(_ host: String) -> String {
        host.reduce(into: "") { result, character in
            switch character {
            case "/": result += "\\057"
            case ":": result += "\\072"
            default: result.append(character)
            }
        }
    }
}
