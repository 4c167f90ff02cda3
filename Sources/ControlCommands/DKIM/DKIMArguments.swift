// The arguments of a `dkim` subcommand: words, and options with a value (`--name VALUE`, `--name=VALUE`).

struct DKIMArguments {
    private(set) var words: [String] = []
    private var values: [String: String] = [:]

    /// Throws CommandFailure for an option that is not in `options`, or lacks its value.
    init(_ arguments: [String], options: Set<String>) throws(CommandFailure) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                words.append(argument)
                continue
            }
            if argument == "--" {
                words += rest
                break
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? argument
            guard options.contains(name) else {
                throw CommandFailure(ExitCode.usage, "unknown option \(name)\n\(DKIMCommand.usage)")
            }
            guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                throw CommandFailure(ExitCode.usage, "the option \(name) needs a value")
            }
            values[name] = value
        }
    }

    subscript(option: String) -> String? { values[option] }

    /// Throws CommandFailure unless there are as many words as names.
    func require(_ names: String...) throws(CommandFailure) {
        guard words.count == names.count else {
            let wanted = names.isEmpty ? "no arguments but options" : names.joined(separator: " ")
            throw CommandFailure(ExitCode.usage, "wanted: \(wanted)\n\(DKIMCommand.usage)")
        }
    }
}
