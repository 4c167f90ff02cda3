// The command line of sendmail, read as getopt(3) reads it: values attached or separate, letters bundled,
// `--`, and options after recipients too, as with sendmail 8 and msmtp on Linux. (Postfix and Exim stop at
// the first recipient; with either rule an address that begins with `-` needs `--` before it.)
// Throws UsageError.

extension Invocation {
    /// `arguments` begin with the program's name; `mailq` and `newaliases` are known by it.
    public init(_ arguments: [[UInt8]]) throws(UsageError) {
        var parser = ArgumentParser(arguments)
        try parser.run()
        self = parser.invocation
    }
}

struct ArgumentParser {
    private(set) var invocation = Invocation()
    private var arguments: ArraySlice<[UInt8]>
    private let options = OptionTable.options
    /// The value of `-q`, which counts only when there is nobody to send to.
    private var queueRun: [UInt8]?
    /// `--help` and `--version` win over all the rest.
    private var information: Invocation.Action?

    init(_ arguments: [[UInt8]]) {
        self.arguments = arguments.dropFirst()
        let program = arguments.first ?? []
        let name = program.suffix(from: program.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0)
        if name.elementsEqual("mailq".utf8) { invocation.action = .listQueue }
        if name.elementsEqual("newaliases".utf8) { invocation.action = .newAliases }
    }

    mutating func run() throws(UsageError) {
        while let argument = arguments.popFirst() {
            if argument == Self.endOfOptions {
                invocation.recipients.append(contentsOf: arguments)
                break
            }
            try take(argument)
        }
        try settle()
    }

    private mutating func take(_ argument: [UInt8]) throws(UsageError) {
        guard argument.count > 1, argument[0] == Self.dash else {
            invocation.recipients.append(argument)
            return
        }
        if argument[1] == Self.dash {
            try takeLong(argument.dropFirst(2))
        } else {
            try takeLetters(argument.dropFirst())
        }
    }

    /// `-ti`, `-fuser`: letters without a value, then one with it.
    private mutating func takeLetters(_ bundle: ArraySlice<UInt8>) throws(UsageError) {
        var letters = bundle
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.name.utf8.elementsEqual([letter]) }) else {
                throw UsageError("unknown option -\([letter]): sendmail --help lists the known ones")
            }
            if case .none = option.value {
                try apply(option, [])
            } else {
                return try apply(option, value(of: option, attached: letters))
            }
        }
    }

    private mutating func value(
        of option: CommandOption, attached: ArraySlice<UInt8>
    ) throws(UsageError) -> [UInt8] {
        if !attached.isEmpty { return Array(attached) }
        switch option.value {
        case .none, .attachedOnly: return []
        case .emptyIfAbsent:
            return arguments.first == Self.endOfOptions ? [] : arguments.popFirst() ?? []
        case .required(let placeholder):
            guard let next = arguments.popFirst() else {
                throw UsageError("option -\(option.name) needs a value: -\(option.name) \(placeholder)")
            }
            return next
        }
    }

    /// `--socket PATH`, `--socket=PATH`.
    private mutating func takeLong(_ argument: ArraySlice<UInt8>) throws(UsageError) {
        let name = argument.prefix { $0 != Self.equals }
        guard name.count > 1, let option = options.first(where: { $0.name.utf8.elementsEqual(name) }) else {
            throw UsageError("unknown option --\(name): sendmail --help lists the known ones")
        }
        let hasValue = name.count < argument.count
        guard case .required(let placeholder) = option.value else {
            if hasValue { throw UsageError("option --\(name) takes no value") }
            return try apply(option, [])
        }
        if hasValue { return try apply(option, Array(argument.dropFirst(name.count + 1))) }
        guard let next = arguments.popFirst() else {
            throw UsageError("option --\(name) needs a value: --\(name) \(placeholder)")
        }
        try apply(option, next)
    }

    private static let dash = UInt8(ascii: "-")
    private static let slash = UInt8(ascii: "/")
    private static let equals = UInt8(ascii: "=")
    private static let endOfOptions = [dash, dash]
}

// What the options mean.
extension ArgumentParser {
    private mutating func apply(_ option: CommandOption, _ value: [UInt8]) throws(UsageError) {
        switch option.meaning {
        case .recipientsFromHeader: invocation.recipientsFromHeader = true
        case .reversePath: invocation.reversePath = value
        case .fullName: invocation.fullName = value
        case .notify: invocation.notify = value
        case .returnContent: invocation.returnContent = value
        case .envelopeID: invocation.envelopeID = value
        case .bodyType: invocation.bodyType = value
        case .ignoreDots: keep("-i")
        case .setting: set(value)
        case .longSetting: keep("-O\(value)")
        case .mode: try selectMode(value)
        case .runQueue: queueRun = value
        case .newAliases: invocation.action = .newAliases
        case .socket:
            guard !value.isEmpty else { throw UsageError("option --socket needs a path") }
            invocation.socket = value
        case .help: information = information ?? .help
        case .version: information = information ?? .version
        case .ignored: break
        }
    }

    private mutating func keep(_ option: Text) { invocation.options.append(option.bytes) }

    private mutating func set(_ value: [UInt8]) {
        let setting = OptionTable.settings.first { $0.name.utf8.elementsEqual(value) }
        switch setting?.meaning {
        case .ignoreDots: keep("-i")
        case .queue: invocation.delivery = .queue
        case .direct: invocation.delivery = .direct
        case nil: keep("-o\(value)")
        }
    }

    private mutating func selectMode(_ value: [UInt8]) throws(UsageError) {
        guard let mode = OptionTable.modes.first(where: { $0.letter.utf8.elementsEqual(value) }) else {
            throw UsageError("unknown mode -b\(value): sendmail --help lists the known ones")
        }
        switch mode.meaning {
        case .deliver: invocation.action = .submit
        case .listQueue: invocation.action = .listQueue
        case .newAliases: invocation.action = .newAliases
        case .refused(let reason): throw UsageError("-b\(value) \(reason)")
        }
    }

    /// What only the whole command line can tell.
    private mutating func settle() throws(UsageError) {
        if let information {
            invocation.action = information
            return
        }
        guard invocation.action == .submit, !invocation.recipientsFromHeader, invocation.recipients.isEmpty
        else { return }
        guard let queueRun else {
            throw UsageError("no recipients: name them, or call sendmail -t to take them from the header")
        }
        if let first = queueRun.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
            throw UsageError("-q\(queueRun) starts no queue runner: smarthostd tries again by itself")
        }
        invocation.action = .flushQueue(queueRun)
    }
}
