// A command's arguments by its entry in the table: words, switches, and options with a value
// (`--name VALUE`, `--name=VALUE`). Options may stand anywhere; `--` ends them.

struct CommandArguments {
    private let command: CommandDescription
    private(set) var words: [String] = []
    private var values: [String: String] = [:]

    /// Throws CommandFailure, one line, for an option that the command does not have or that lacks its value.
    init(_ arguments: [String], for command: CommandDescription) throws(CommandFailure) {
        self.command = command
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                return
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                words.append(argument)
                continue
            }
            try take(argument, &rest)
        }
    }

    private mutating func take(_ argument: String, _ rest: inout ArraySlice<String>) throws(CommandFailure) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? argument
        guard let option = command.options.first(where: { $0.name == name }) else {
            if let reason = command.refused[name] {
                throw CommandFailure(ExitCode.usage, "\(name) \(reason)")
            }
            throw failure("has no option \(name)")
        }
        guard let placeholder = option.value else {
            guard parts.count == 1 else { throw failure("takes no value for \(name)") }
            return values[name] = ""
        }
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
            throw failure("wants \(placeholder) behind \(name)")
        }
        values[name] = value
    }

    /// The option's value, empty for a switch; nil where it is not given.
    subscript(option: String) -> String? { values[option] }

    /// Throws CommandFailure unless there are so many words.
    func require(_ count: ClosedRange<Int>) throws(CommandFailure) {
        guard count.contains(words.count) else {
            throw failure(
                words.count < count.lowerBound
                    ? "wants \(command.words)" : "does not take '\(words[count.upperBound])'")
        }
    }

    private func failure(_ problem: String) -> CommandFailure {
        CommandFailure(
            ExitCode.usage, "\(command.name) \(problem); see smarthostctl help \(command.group)")
    }
}
