// What smarthostctl says about itself, made from the table of commands.

enum HelpText {
    static let version = "smarthostctl 0.1.0"

    /// All commands, a line each.
    static var overview: String {
        let width = CommandTable.commands.map(\.name.count).max() ?? 0
        let lines = CommandTable.commands.map { "  \(padded($0.name, width + 2))\($0.summary)" }
        return (["usage: smarthostctl COMMAND [OPTIONS] [ARGUMENTS]", ""] + lines + ["", ending])
            .joined(separator: "\n")
    }

    private static let ending = """
          --help     this text, or a command's
          --version  the version

        smarthostctl(8) describes it all.
        """

    /// A command with its subcommands and options; nil where there is none of that name.
    static func details(of group: String) -> String? {
        let commands = CommandTable.commands.filter { $0.group == group }
        guard !commands.isEmpty else { return nil }
        return commands.map(details).joined(separator: "\n\n")
    }

    private static func details(of command: CommandDescription) -> String {
        let width = command.options.map(\.synopsis.count).max() ?? 0
        let options = command.options.map { "  \(padded($0.synopsis, width + 2))\($0.help)" }
        return (["usage: \(command.synopsis)", command.summary] + options).joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
