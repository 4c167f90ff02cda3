// Every option of the sendmail command, once: the parser, --help and the test of the manual page read this table.

/// What stands before an option's value.
enum OptionValue: Sendable {
    case none
    /// In the same argument (`-fuser`) or the next one (`-f user`).
    case required(String)
    /// As required, but absent at the end of the arguments and before `--`: callers whose shell turned
    /// `-f''` into a bare `-f` mean the null reverse-path.
    case emptyIfAbsent(String)
    /// In the same argument or not at all (`-q`, `-qRexample.org`).
    case attachedOnly(String)

    var placeholder: String? {
        switch self {
        case .none: nil
        case .required(let name), .emptyIfAbsent(let name), .attachedOnly(let name): name
        }
    }
}

/// What an option does.
enum OptionMeaning: Sendable {
    case recipientsFromHeader, reversePath, fullName
    case notify, returnContent, envelopeID, bodyType
    case ignoreDots, setting, longSetting, mode
    case runQueue, newAliases
    case socket, help, version
    case ignored
}

/// One option: `-t`, or `--socket`.
struct CommandOption: Sendable {
    /// `t`, or `socket`.
    let name: String
    let value: OptionValue
    let meaning: OptionMeaning
    let help: String

    init(_ name: String, _ value: OptionValue, _ meaning: OptionMeaning, _ help: String) {
        self.name = name
        self.value = value
        self.meaning = meaning
        self.help = help
    }
}

/// What a value of `-b` asks for.
enum ModeMeaning: Sendable {
    case deliver, listQueue, newAliases
    /// Not this program's: the sentence says what to do instead.
    case refused(String)
}

/// What a value of `-o` asks for; the other values are handed to the daemon and change nothing here.
enum SettingMeaning: Sendable {
    case ignoreDots, queue, direct
}

// Texts are never compared as String in these files: that would bring Unicode tables into the shim.
enum OptionTable {
    static var options: [CommandOption] {
        meaningful + ignored.map { CommandOption($0.0, $0.1, .ignored, "") }
    }

    static var meaningful: [CommandOption] {
        [
            .init("t", .none, .recipientsFromHeader, "take recipients from To, Cc and Bcc, and remove Bcc"),
            .init("f", .emptyIfAbsent("address"), .reversePath, "the reverse-path; '' or '<>' for none"),
            .init("r", .emptyIfAbsent("address"), .reversePath, "the same as -f"),
            .init("F", .required("name"), .fullName, "the sender's full name, where From is added"),
            .init("i", .none, .ignoreDots, "a line with only a dot does not end the message"),
            .init("N", .required("conditions"), .notify, "DSN: never, or success,failure,delay"),
            .init("R", .required("amount"), .returnContent, "DSN: return full or hdrs"),
            .init("V", .required("envid"), .envelopeID, "DSN: the envelope identifier"),
            .init("B", .required("type"), .bodyType, "the body's type: 7BIT or 8BITMIME"),
            .init("o", .required("setting"), .setting, "a setting by its letter; see below"),
            .init("O", .required("option=value"), .longSetting, "a setting by its name, for the daemon"),
            .init("b", .required("mode"), .mode, "what to do; see below"),
            .init("q", .attachedOnly("what"), .runQueue, "without recipients: try what is queued now"),
            .init("I", .none, .newAliases, "the same as -bi"),
            .init("socket", .required("path"), .socket, "the daemon's socket, before SMARTHOST_SOCKET"),
            .init("help", .none, .help, "print this and exit"),
            .init("version", .none, .version, "print the version and exit"),
        ]
    }

    /// Accepted, with their values, so that no caller fails and no value is taken for a recipient.
    static var ignored: [(String, OptionValue)] {
        [
            ("A", .required("c|m")), ("C", .required("file")), ("D", .required("file")),
            ("E", .none), ("G", .none), ("J", .none), ("L", .required("tag")),
            ("S", .required("server")), ("U", .none), ("X", .required("file")),
            ("a", .required("value")), ("d", .attachedOnly("level")), ("e", .required("mode")),
            ("h", .required("hops")), ("m", .none), ("n", .none), ("p", .required("protocol")),
            ("v", .none), ("x", .none),
        ]
    }

    static var modes: [(letter: String, meaning: ModeMeaning, help: String)] {
        let daemon = "starts no daemon: start smarthostd (systemctl start smarthost.socket)"
        let test = "is not supported: smarthostctl check shows how mail would be sent"
        return [
            ("m", .deliver, "send a message, the default"),
            ("p", .listQueue, "print the queue, as mailq does"),
            ("i", .newAliases, "does nothing: there are no aliases here"),
            (
                "s", .refused("(SMTP on standard input) is not supported: call sendmail -t -i instead"),
                "refused"
            ),
            ("v", .refused(test), "refused"),
            ("t", .refused(test), "refused"),
            ("d", .refused(daemon), "refused"),
            ("D", .refused(daemon), "refused"),
            ("f", .refused("freezes no configuration: smarthostd reads its own when it starts"), "refused"),
            ("h", .refused("keeps no host status: smarthostctl queue shows what waits"), "refused"),
        ]
    }

    static var settings: [(name: String, meaning: SettingMeaning, help: String)] {
        [
            ("i", .ignoreDots, "the same as -i"),
            ("di", .direct, "relay now and return the relay's own verdict"),
            ("db", .queue, "return when the message is safe in the queue"),
            ("dq", .queue, "the same as -odb"),
        ]
    }
}
