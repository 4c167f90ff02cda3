// Command lines as Python's argparse takes them, which dkimpy's filters use: words and options in any order,
// `--name VALUE`, `--name=VALUE`, any beginning of a name that fits one option only. Throws Problem.

/// What a filter takes.
struct FilterForm {
    struct Option {
        let name: String
        let value: String
        let help: String
        /// What the value may be; empty for anything.
        var choices: [String] = []
        var isNumber = false
    }

    let name: String
    let words: [String]
    let options: [Option]
    let summary: String

    static let dkimsign = FilterForm(
        name: "dkimsign", words: ["selector", "domain", "privatekeyfile"],
        options: [
            Option(
                name: "--hcanon", value: "NAME", help: "the header's canonicalization, else relaxed",
                choices: ["simple", "relaxed"]),
            Option(
                name: "--bcanon", value: "NAME", help: "the body's canonicalization, else simple",
                choices: ["simple", "relaxed"]),
            Option(
                name: "--signalg", value: "NAME", help: "the algorithm, else rsa-sha256",
                choices: ["rsa-sha256", "ed25519-sha256", "rsa-sha1"]),
            Option(name: "--identity", value: "ADDRESS", help: "i=, where it is not the domain"),
        ],
        summary: "Copies the message on standard input to standard output with a DKIM signature on top.")

    static let dkimverify = FilterForm(
        name: "dkimverify", words: [],
        options: [
            Option(
                name: "--index", value: "N", help: "which signature from the top, else 0", isNumber: true)
        ],
        summary: "Verifies a DKIM signature of the message on standard input.")

    var usage: String {
        (["usage: \(name) [-h]"] + options.map { "[\($0.name) \($0.value)]" } + words).joined(separator: " ")
    }

    var help: String {
        let lines = options.map { option in
            let choices = option.choices.isEmpty ? "" : " (\(option.choices.joined(separator: ", ")))"
            return "  \(option.name) \(option.value)  \(option.help)\(choices)"
        }
        return ([usage, summary, "  -h, --help  this text"] + lines).joined(separator: "\n")
    }
}

struct FilterArguments {
    struct Problem: Error, Equatable { let text: String }

    private(set) var words: [String] = []
    private(set) var wantsHelp = false
    private var values: [String: String] = [:]
    private var unknown: [String] = []

    subscript(option: String) -> String? { values[option] }

    init(_ arguments: [String], for form: FilterForm) throws(Problem) {
        var rest = arguments.map { Self.modern($0, form) }[...]
        var areAllWords = false
        while let argument = rest.popFirst() {
            if areAllWords || !Self.isOption(argument) {
                if words.count < form.words.count { words.append(argument) } else { unknown.append(argument) }
            } else if argument == "--" {
                areAllWords = true
            } else {
                try take(argument, &rest, form)
            }
            // What comes behind it does not matter any more.
            if wantsHelp { return }
        }
        let missing = form.words.dropFirst(words.count)
        guard missing.isEmpty else {
            throw Problem(text: "missing: \(missing.joined(separator: ", "))")
        }
        guard unknown.isEmpty else {
            throw Problem(text: "unrecognized: \(unknown.joined(separator: " "))")
        }
    }

    /// dkimsign's older form, `identity=…` and `identity …`.
    private static func modern(_ argument: String, _ form: FilterForm) -> String {
        form.name == "dkimsign" && argument.hasPrefix("identity") ? "--" + argument : argument
    }

    /// A dash alone and negative numbers are values.
    private static func isOption(_ argument: String) -> Bool {
        argument.hasPrefix("-") && argument != "-" && Double(argument) == nil
    }

    private mutating func take(
        _ argument: String, _ rest: inout ArraySlice<String>, _ form: FilterForm
    ) throws(Problem) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let given = String(parts[0])
        let names = ["--help"] + form.options.map(\.name)
        let fitting =
            names.contains(given) ? [given] : names.filter { given.count > 2 && $0.hasPrefix(given) }
        guard fitting.count < 2 else {
            throw Problem(text: "\(given) could be \(fitting.joined(separator: ", "))")
        }
        if argument == "-h" || fitting == ["--help"] && parts.count == 1 { return wantsHelp = true }
        guard let option = form.options.first(where: { [$0.name] == fitting }) else {
            return unknown.append(argument)
        }
        if parts.count == 2 { return try set(option, String(parts[1])) }
        guard let value = rest.first, !Self.isOption(value) else {
            throw Problem(text: "\(option.name) wants \(option.value)")
        }
        rest.removeFirst()
        try set(option, value)
    }

    private mutating func set(_ option: FilterForm.Option, _ value: String) throws(Problem) {
        guard option.choices.isEmpty || option.choices.contains(value) else {
            throw Problem(
                text: "\(option.name) is one of \(option.choices.joined(separator: ", ")), not '\(value)'")
        }
        guard !option.isNumber || Int(value) != nil else {
            throw Problem(text: "\(option.name) is a number, not '\(value)'")
        }
        values[option.name] = value
    }
}
