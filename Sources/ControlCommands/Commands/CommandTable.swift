// Every command and option of smarthostctl, once: what is taken, what `help` says, and what the manual page
// must describe are all read from here.

/// An option: a switch, or one with a value.
struct CommandOption {
    let name: String
    /// What stands for the value in a usage text; nil for a switch.
    let value: String?
    let help: String

    /// `--config FILE`.
    var synopsis: String { value.map { "\(name) \($0)" } ?? name }
}

struct CommandDescription {
    /// One word or two: `check`, `queue show`.
    let name: String
    /// The words after it, as a usage text shows them.
    let words: String
    let options: [CommandOption]
    let summary: String
    /// Options that people look for and that there are not for a reason.
    let refused: [String: String]

    init(
        _ name: String, _ words: String = "", _ options: [CommandOption] = [], _ summary: String,
        refusing refused: [String: String] = [:]
    ) {
        self.refused = refused
        self.name = name
        self.words = words
        self.options = options
        self.summary = summary
    }

    /// The command that the subcommand belongs to.
    var group: String { String(name.prefix { $0 != " " }) }

    var synopsis: String {
        (["smarthostctl \(name)"] + options.map { "[\($0.synopsis)]" } + (words.isEmpty ? [] : [words]))
            .joined(separator: " ")
    }
}

enum CommandTable {
    private static let config = CommandOption(
        name: "--config", value: "FILE", help: "the daemon's configuration, where it is not the usual one")
    private static let socket = CommandOption(
        name: "--socket", value: "PATH", help: "the daemon's submission socket")

    static let commands: [CommandDescription] = [
        CommandDescription(
            "check", "",
            [
                config,
                CommandOption(
                    name: "--connect", value: nil, help: "log in to each relay too, and ask the DNS"),
            ],
            "Show the settings in force, and what would go wrong with them."),
        CommandDescription("queue", "[list]", [socket, config], "List the messages in the queue."),
        CommandDescription(
            "queue show", "ID", [socket, config], "Show one message: recipients, header, last errors."),
        CommandDescription("queue delete", "ID", [socket, config], "Delete a message from the queue."),
        CommandDescription("flush", "[ID]", [socket, config], "Try all queued messages now, or one."),
        CommandDescription("status", "", [socket, config], "Ask the daemon how it is."),
        CommandDescription("send", "ADDRESS ...", sendOptions, "Send a test mail straight over the relay."),
        CommandDescription(
            "configure", "ADDRESS", configureOptions, "Find an address's relay and write its account."),
        CommandDescription("dkim keygen", "DOMAIN SELECTOR", keygenOptions, "Make a signing key."),
        CommandDescription(
            "dkim record", "DOMAIN [SELECTOR]", recordOptions,
            "Show the TXT record that publishes a key."),
        CommandDescription(
            "dkim check", "[DOMAIN]", checkOptions, "Compare the DNS with the keys, and look for DMARC."),
        CommandDescription(
            "dkim sign", "SELECTOR DOMAIN KEYFILE", signOptions, "Sign the message on standard input.",
            refusing: ["-l": noLength, "--length": noLength]),
        CommandDescription(
            "dkim verify", "", verifyOptions, "Verify the message on standard input."),
        CommandDescription(
            "dkim rotate", "DOMAIN", rotateOptions,
            "Have the daemon make the next key, to sign with it once the DNS shows it."),
        CommandDescription(
            "dkim status", "[DOMAIN]", [socket, config], "Show which keys sign, wait or are retired."),
        CommandDescription("help", "[COMMAND]", [], "Explain a command."),
    ]

    private static let sendOptions = [
        CommandOption(name: "--debug", value: nil, help: "show the whole dialogue, without its secrets"),
        CommandOption(name: "--from", value: "ADDRESS", help: "the sender, where it is not the account's"),
        CommandOption(
            name: "--account", value: "NAME", help: "the account, where the sender does not choose it"),
        config,
    ]

    private static let configureOptions = [
        CommandOption(name: "--yes", value: nil, help: "ask nothing"),
        CommandOption(
            name: "--write", value: "FILE", help: "append the account to a configuration, else show it"),
        CommandOption(name: "--account", value: "NAME", help: "the account's name"),
        CommandOption(name: "--host", value: "NAME", help: "the relay, where it is in another domain"),
        CommandOption(name: "--user", value: "NAME", help: "who logs in, else the address"),
        CommandOption(name: "--passwordeval", value: "COMMAND", help: "what prints the password"),
        CommandOption(name: "--password-file", value: "FILE", help: "where the password is kept"),
        CommandOption(
            name: "--trust-file", value: "FILE", help: "trusted certificates, where not the system's"),
        CommandOption(
            name: "--dns", value: "SERVER", help: "the name server to ask, where it is not the usual one"),
    ]

    private static let keygenOptions = [
        CommandOption(name: "--algorithm", value: "NAME", help: "rsa, which is the default, or ed25519"),
        CommandOption(name: "--ed25519", value: nil, help: "short for --algorithm ed25519"),
        CommandOption(name: "--bits", value: "NUMBER", help: "an RSA key's size, 1024 to 4096, else 2048"),
        CommandOption(name: "--out", value: "FILE", help: "where the key goes, else ./DOMAIN.SELECTOR.pem"),
    ]

    private static let signOptions = [
        CommandOption(
            name: "--hcanon", value: "NAME", help: "the header's canonicalization: simple or relaxed"),
        CommandOption(
            name: "--bcanon", value: "NAME", help: "the body's canonicalization: simple or relaxed"),
        CommandOption(name: "--signalg", value: "NAME", help: "the algorithm that the key must have"),
        CommandOption(name: "--identity", value: "ADDRESS", help: "i=, where it is not the domain"),
        CommandOption(
            name: "--expire", value: "DAYS", help: "how long the signature is valid, or off; else 7"),
        CommandOption(
            name: "--sign-headers", value: "NAMES", help: "the fields to sign, instead of the usual ones"),
        CommandOption(
            name: "--oversign-headers", value: "NAMES",
            help: "the fields of which none can be added, instead of the usual ones"),
        CommandOption(
            name: "--skip-fields", value: "NAMES", help: "fields not to sign, because a relay rewrites them"),
    ]

    /// RFC 6376 8.2.
    private static let noLength =
        "is refused: a signature that covers only the first bytes of a body (l=) lets anyone append to it "
        + "(RFC 6376 8.2)"

    private static let recordOptions = [
        keyFile("the private key"),
        CommandOption(name: "--form", value: "NAME", help: "only one form: bind, plain or pdnsutil"),
        CommandOption(name: "--json", value: nil, help: "for scripts: an array of the records"),
        config,
    ]

    private static let dns = CommandOption(
        name: "--dns", value: "SERVER", help: "ask the name server at this address, not the system's")

    private static let checkOptions = [
        dns, CommandOption(name: "--json", value: nil, help: "for scripts: an object with all findings"),
        config,
    ]

    private static let verifyOptions = [
        keyFile("the key or its record, instead of the DNS"), dns,
        CommandOption(name: "--at", value: "TIME", help: "verify as of a time, a date or seconds since 1970"),
        CommandOption(name: "--json", value: nil, help: "for scripts: an array of the results"),
    ]

    private static let rotateOptions = [
        CommandOption(name: "--selector", value: "NAME", help: "the new key's selector, else by the date"),
        CommandOption(name: "--cancel", value: nil, help: "drop the key that waits for the DNS"),
        socket, config,
    ]

    private static func keyFile(_ what: String) -> CommandOption {
        CommandOption(name: "--key-file", value: "FILE", help: what)
    }

    /// The commands of one word, each once.
    static var groups: [String] {
        commands.map(\.group).reduce(into: []) { groups, group in
            if !groups.contains(group) { groups.append(group) }
        }
    }

    /// The command that the arguments name, and what follows it. Throws CommandFailure, one line.
    static func find(
        _ arguments: [String]
    ) throws(CommandFailure) -> (command: CommandDescription, rest: [String]) {
        guard let first = arguments.first else {
            throw CommandFailure(ExitCode.usage, "a command is missing; smarthostctl help lists them")
        }
        if arguments.count > 1, let command = commands.first(where: { $0.name == "\(first) \(arguments[1])" })
        {
            return (command, Array(arguments.dropFirst(2)))
        }
        if let command = commands.first(where: { $0.name == first }) {
            return (command, Array(arguments.dropFirst()))
        }
        guard groups.contains(first) else {
            throw CommandFailure(
                ExitCode.usage, "there is no command '\(first)'; smarthostctl help lists those there are")
        }
        let problem = arguments.count > 1 ? "has no subcommand '\(arguments[1])'" : "needs a subcommand"
        throw CommandFailure(ExitCode.usage, "\(first) \(problem); see smarthostctl help \(first)")
    }
}
