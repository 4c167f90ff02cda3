// The daemon's last word on a connection: "<exit code> <x.y.z> <queue id or -> <text>", one line.
// Decoding throws WireError.malformedVerdict.

/// How a submission or a command ended.
public struct Verdict: Hashable, Sendable {
    /// An enhanced status code (RFC 3463 2).
    public struct Status: Hashable, Sendable {
        public let statusClass: Int
        public let subject: Int
        public let detail: Int

        public init(_ statusClass: Int, _ subject: Int, _ detail: Int) {
            self.statusClass = statusClass
            self.subject = subject
            self.detail = detail
        }
    }

    public let exitCode: ExitCode
    public let status: Status
    /// What `mailq` and the log call the message, once it has a name.
    public let queueID: [UInt8]?
    /// One line of UTF-8 without control characters.
    public let text: [UInt8]

    /// A text may hold what a relay said: it is made one line of at most `maximumText` bytes.
    public init(
        _ exitCode: ExitCode, _ status: Status, queueID: [UInt8]? = nil, text: some Sequence<UInt8>
    ) {
        self.exitCode = exitCode
        self.status = status
        self.queueID = queueID
        self.text = Self.oneLine(text)
    }

    public static let maximumText = 4_000

    /// What a client is told that speaks another version of the dialect.
    public static func unsupportedVersion(_ version: Int) -> Verdict {
        let text =
            "this sendmail speaks version " + String(version)
            + " of the submission dialect, the daemon speaks version 1: use the sendmail that came with it"
        return Verdict(.unavailable, Status(5, 3, 3), text: text.utf8)
    }

    /// What a client is told that broke the dialect.
    public static func refusing(_ error: WireError) -> Verdict {
        Verdict(.software, Status(5, 5, 2), text: ("protocol error: " + error.text).utf8)
    }

    private static func oneLine(_ text: some Sequence<UInt8>) -> [UInt8] {
        var line: [UInt8] = []
        for byte in text {
            let isControl = byte < 0x20 || byte == 0x7F
            if line.count < maximumText { line.append(isControl ? 0x20 : byte) }
        }
        if line.count == maximumText {
            // No half of a UTF-8 sequence at the cut.
            while let last = line.last, last & 0xC0 == 0x80 { line.removeLast() }
            if let last = line.last, last >= 0xC0 { line.removeLast() }
        }
        return line
    }
}

// As bytes.
extension Verdict {
    /// The whole frame.
    public func encoded() -> [UInt8] {
        let numbers = [status.statusClass, status.subject, status.detail]
        var line = Array(String(exitCode.rawValue).utf8)
        for (position, number) in numbers.enumerated() {
            line.append(position == 0 ? 0x20 : 0x2E)
            line.append(contentsOf: String(number).utf8)
        }
        line.append(0x20)
        line.append(contentsOf: queueID ?? [0x2D])
        line.append(0x20)
        line.append(contentsOf: text)
        var frame: [UInt8] = []
        Frame.append(.verdict, line, to: &frame)
        return frame
    }

    init(line: [UInt8]) throws(WireError) {
        let words = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, let code = Self.number(words[0]), code <= 255, !words[2].isEmpty else {
            throw .malformedVerdict
        }
        let numbers = words[1].split(separator: 0x2E, omittingEmptySubsequences: false).compactMap(
            Self.number)
        guard numbers.count == 3 else { throw .malformedVerdict }
        self.init(
            ExitCode(rawValue: UInt8(code)), Status(numbers[0], numbers[1], numbers[2]),
            queueID: words[2].elementsEqual([0x2D]) ? nil : Array(words[2]), text: words[3])
    }

    /// One to three digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
