// Questions to the person at the terminal: asked on standard error, so that standard output is what was asked
// for, and answered by a line of standard input. Throws CommandFailure where nobody answers.
internal import LinuxIO

/// The questions of one command.
final class Questions {
    private let environment: CommandEnvironment
    /// `--yes`: nothing is asked.
    let areAnswered: Bool
    private var input: [UInt8] = []

    init(_ environment: CommandEnvironment, areAnswered: Bool) {
        self.environment = environment
        self.areAnswered = areAnswered
    }

    /// Whether the answer is yes; `--yes` says so too.
    func confirm(_ question: String) throws -> Bool {
        if areAnswered { return true }
        environment.complain("\(question) [y/N]")
        return ["y", "yes"].contains(try line().lowercased())
    }

    /// The answer, or the default where it is empty or nothing is asked.
    func ask(_ question: String, default usual: String) throws -> String {
        if areAnswered { return usual }
        environment.complain(usual.isEmpty ? question : "\(question) [\(usual)]")
        let answer = try line()
        return answer.isEmpty ? usual : answer
    }

    /// The answer's bytes, which are not shown; none where nothing is asked.
    func askSecretly(_ question: String) throws -> [UInt8] {
        if areAnswered { return [] }
        environment.complain(question)
        return try Terminal.withoutEcho { try bytes() }
    }

    private func line() throws -> String {
        String(printable: try bytes()).trimmed
    }

    private func bytes() throws -> [UInt8] {
        while true {
            if let end = input.firstIndex(of: UInt8(ascii: "\n")) {
                defer { input.removeSubrange(...end) }
                return Array(input[..<end])
            }
            let more = try environment.read()
            if more.isEmpty {
                throw CommandFailure(
                    ExitCode.usage, "there is no answer; answer at a terminal, or give --yes and the options")
            }
            input += more
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
