// What `sendmail --help` and `sendmail --version` print.

/// The texts of the program about itself.
public enum Help {
    public static let version = Array("sendmail (smarthost) 0.1.0\n".utf8)

    public static var usage: [UInt8] {
        var lines: Text = """
            Usage: sendmail [option ...] [--] [recipient ...]   (the message is read from standard input)
                   mailq | newaliases
            Hands a message to smarthostd; exits with 0 once it is accepted.

            Options:

            """
        for option in OptionTable.meaningful { lines = "\(lines)\(row(synopsis(option), option.help))" }
        lines = "\(lines)Modes:\n"
        for mode in OptionTable.modes { lines = "\(lines)\(row("-b" + mode.letter, mode.help))" }
        lines = "\(lines)Settings:\n"
        for setting in OptionTable.settings { lines = "\(lines)\(row("-o" + setting.name, setting.help))" }
        lines = "\(lines)Accepted and ignored, with their values:"
        for option in OptionTable.ignored { lines = "\(lines) -\(option.0)" }
        return Text("\(lines)\n").bytes
    }

    private static func synopsis(_ option: CommandOption) -> String {
        let dashes = option.name.utf8.count > 1 ? "--" : "-"
        guard let placeholder = option.value.placeholder else { return dashes + option.name }
        if case .attachedOnly = option.value { return dashes + option.name + "[" + placeholder + "]" }
        return dashes + option.name + " " + placeholder
    }

    private static func row(_ left: String, _ right: String) -> Text {
        let padding = [UInt8](repeating: 0x20, count: max(1, 20 - left.utf8.count))
        return "  \(left)\(padding)\(right)\n"
    }
}
