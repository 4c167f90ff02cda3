// From lines to sections: which section a key belongs to, `defaults`, inheritance, `eval`. Checks each
// argument by its form; whether the settings of a section fit together is its builder's part.

struct SectionReader {
    /// What the next key belongs to. A section that could not be opened still has its keys checked.
    private enum Target: Equatable {
        case nothing, defaults
        case account(Int?)
        case daemon(isDuplicate: Bool)
        case signing(Int?)
    }

    let file: String
    let source: ConfigurationSource
    /// False where others can write the file: they would choose what the daemon runs.
    let mayRunCommands: Bool

    var diagnostics = Diagnostics()
    private(set) var accounts: [AccountSection] = []
    private(set) var daemon = Settings<DaemonKey>()
    private(set) var signing: [SigningSection] = []
    /// The first line with a secret in it, and the first that names a command.
    private(set) var secretOrigin: Origin?
    private(set) var commandOrigin: Origin?

    private var target = Target.nothing
    private var defaults = Settings<AccountKey>()
    private var daemonOrigin: Origin?

    init(file: String, source: ConfigurationSource, mayRunCommands: Bool) {
        self.file = file
        self.source = source
        self.mayRunCommands = mayRunCommands
    }

    mutating func read(_ bytes: [UInt8]) {
        for line in LineReader.lines(of: bytes, file: file, reporting: &diagnostics) {
            read(line, isEvaluated: false)
        }
    }

    private mutating func read(_ line: ConfigurationLine, isEvaluated: Bool) {
        let origin = Origin.line(file: file, number: line.number)
        switch line.key {
        case "eval" where isEvaluated:
            diagnostics.error(origin, key: "eval", "what a command prints may not be another eval line")
        case "eval": evaluate(line, origin)
        case "defaults":
            if !line.argument.isEmpty { diagnostics.error(origin, key: "defaults", "takes no argument") }
            target = .defaults
        case "account": openAccount(line, origin)
        case "daemon": openDaemon(line, origin)
        case "dkim": openSigning(line, origin)
        default: assign(line, origin, isEvaluated: isEvaluated)
        }
    }

    /// Puts the first line that a command prints in the line's place.
    private mutating func evaluate(_ line: ConfigurationLine, _ origin: Origin) {
        commandOrigin = commandOrigin ?? origin
        guard let command = String(validating: line.argument, as: UTF8.self), !command.isEmpty else {
            diagnostics.error(
                origin, key: "eval", "needs an argument: a command that prints the line to put here")
            return
        }
        // The check of the file's permissions says why.
        guard mayRunCommands else { return }
        do throws(SourceFailure) {
            let output = try source.run(command)
            try readEvaluated(output[...], line.number)
        } catch {
            diagnostics.error(origin, key: "eval", "the command failed: \(error)")
        }
    }

    private mutating func readEvaluated(_ output: ArraySlice<UInt8>, _ number: Int) throws(SourceFailure) {
        do throws(LineFailure) {
            let first = output.prefix { $0 != UInt8(ascii: "\n") }
            guard let line = try LineReader.read(first, number: number) else { return }
            read(line, isEvaluated: true)
        } catch {
            throw .other("its output cannot be read: \(error.text)")
        }
    }

    private func text(of line: ConfigurationLine) -> String { String(decoding: line.argument, as: UTF8.self) }
}

// MARK: - Sections

extension SectionReader {
    private mutating func openAccount(_ line: ConfigurationLine, _ origin: Origin) {
        target = .account(nil)
        let halves = text(of: line).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = LineReader.unquoted(halves.first ?? "")
        guard isNewName(name, origin) else { return }
        var section = AccountSection(name: name, origin: origin, defaults: defaults)
        if halves.count == 2, !inherit(halves[1], into: &section, origin) { return }
        accounts.append(section)
        target = .account(accounts.count - 1)
    }

    private mutating func isNewName(_ name: String, _ origin: Origin) -> Bool {
        if name.isEmpty {
            diagnostics.error(
                origin, key: "account", "needs a name: `account NAME` or `account NAME : PARENT`")
        } else if name.contains(",") {
            diagnostics.error(
                origin, key: "account", "\"\(name)\" has a comma in it; allowed: names without : and ,")
        } else if let other = accounts.first(where: { $0.name == name }) {
            diagnostics.error(
                origin, key: "account", "\(name) is defined already (\(other.origin)); give it another name")
        } else {
            return true
        }
        return false
    }

    private mutating func inherit(
        _ list: Substring, into section: inout AccountSection, _ origin: Origin
    ) -> Bool {
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let parent = LineReader.unquoted(part)
            guard let index = accounts.firstIndex(where: { $0.name == parent }) else {
                report(missingParent: parent, origin)
                return false
            }
            accounts[index].isParent = true
            section.own.override(with: accounts[index].own)
        }
        return true
    }

    private mutating func report(missingParent name: String, _ origin: Origin) {
        if name.isEmpty {
            diagnostics.error(
                origin, key: "account", "names no account behind the colon; write `account NAME : PARENT`")
            return
        }
        let known = accounts.isEmpty ? "none so far" : accounts.map(\.name).joined(separator: ", ")
        diagnostics.error(origin, key: "account", "\(name) is not defined above this line; defined: \(known)")
    }

    private mutating func openDaemon(_ line: ConfigurationLine, _ origin: Origin) {
        if !line.argument.isEmpty { diagnostics.error(origin, key: "daemon", "takes no argument") }
        if let first = daemonOrigin {
            diagnostics.error(
                origin, key: "daemon", "there is a daemon section already (\(first)); put the keys there")
        }
        target = .daemon(isDuplicate: daemonOrigin != nil)
        daemonOrigin = daemonOrigin ?? origin
    }

    private mutating func openSigning(_ line: ConfigurationLine, _ origin: Origin) {
        target = .signing(nil)
        let name = text(of: line).lowercased()
        guard name == SigningSection.everybody || ArgumentParser.isDomainName(name) else {
            diagnostics.error(
                origin, key: "dkim",
                "\"\(name)\" is not a domain; allowed: one domain such as example.org, or * for mail without another key"
            )
            return
        }
        if let other = signing.first(where: { $0.name == name }) {
            diagnostics.error(
                origin, key: "dkim", "\(name) is configured already (\(other.origin)); put all its keys there"
            )
            return
        }
        signing.append(SigningSection(name: name, origin: origin))
        target = .signing(signing.count - 1)
    }
}

// MARK: - Settings

extension SectionReader {
    private mutating func assign(_ line: ConfigurationLine, _ origin: Origin, isEvaluated: Bool) {
        switch target {
        case .nothing, .defaults, .account:
            guard let key = known(line.key, as: AccountKey.self, "account", origin) else { return }
            assignToAccount(key, line, origin, isEvaluated: isEvaluated)
        case .daemon(let isDuplicate):
            guard let key = known(line.key, as: DaemonKey.self, "daemon", origin),
                let setting = parse(key, line, origin)
            else { return }
            if let first = daemon[key], !key.isRepeatable { report(key.rawValue, twice: first, origin) }
            if !isDuplicate { daemon.set(key, to: setting) }
        case .signing(let index):
            guard let key = known(line.key, as: SigningKey.self, "dkim", origin) else { return }
            let setting = parse(key, line, origin)
            guard let index else { return }
            guard let setting else {
                signing[index].refused.insert(key)
                return
            }
            if let first = signing[index].settings[key], !key.isRepeatable {
                report(key.rawValue, twice: first, origin)
            }
            signing[index].settings.set(key, to: setting)
        }
    }

    private mutating func assignToAccount(
        _ key: AccountKey, _ line: ConfigurationLine, _ origin: Origin, isEvaluated: Bool
    ) {
        note(key, line, origin, isEvaluated: isEvaluated)
        if target == .nothing { openImplicitAccount(origin) }
        guard let setting = parse(key, line, origin) else { return }
        noteObjection(to: setting, of: key)
        let (key, modern) = modernized(key, setting)
        switch target {
        case .defaults: defaults.set(key, to: modern)
        case .account(let index?): accounts[index].own.set(key, to: modern)
        default: break
        }
    }

    /// Keys above any section form the account `default`, as in msmtp since 1.2.
    private mutating func openImplicitAccount(_ origin: Origin) {
        accounts.append(AccountSection(name: "default", origin: origin, defaults: defaults))
        target = .account(accounts.count - 1)
    }

    /// Remembers what makes the file worth guarding. What a command prints is not in the file.
    private mutating func note(
        _ key: AccountKey, _ line: ConfigurationLine, _ origin: Origin, isEvaluated: Bool
    ) {
        if isEvaluated || line.argument.isEmpty { return }
        if key == .password { secretOrigin = secretOrigin ?? origin }
        if key == .passwordEval { commandOrigin = commandOrigin ?? origin }
    }

    private mutating func noteObjection(to setting: Setting, of key: AccountKey) {
        guard let text = key.objection(to: setting.value) else { return }
        diagnostics.warning(setting.origin, key: key.rawValue, text)
    }

    /// Today's form of an obsolete setting.
    private mutating func modernized(_ key: AccountKey, _ setting: Setting) -> (AccountKey, Setting) {
        if key == .autoFrom || key == .mailDomain {
            diagnostics.warning(
                setting.origin, key: key.rawValue,
                "obsolete; write `from %U@DOMAIN` instead of auto_from and maildomain")
        }
        guard let modern = key.modern(setting.value) else { return (key, setting) }
        diagnostics.warning(
            setting.origin, key: key.rawValue, "obsolete; write `\(modern.key.rawValue) \(modern.shown)`")
        let new = Setting(value: modern.value, shown: modern.shown, origin: setting.origin)
        noteObjection(to: new, of: modern.key)
        return (modern.key, new)
    }

    private mutating func parse(
        _ key: some SettingKey, _ line: ConfigurationLine, _ origin: Origin
    ) -> Setting? {
        do throws(InvalidArgument) {
            let parser = ArgumentParser(homeDirectory: source.homeDirectory)
            let value = try parser.parse(line.argument, as: key.argument)
            let shown = key.argument == .secret ? Secret(line.argument).description : text(of: line)
            return Setting(value: value, shown: shown, origin: origin)
        } catch {
            diagnostics.error(origin, key: key.rawValue, error.text)
            return nil
        }
    }

    private mutating func report(_ key: String, twice first: Setting, _ origin: Origin) {
        diagnostics.error(origin, key: key, "is given already (\(first.origin)); keep one of the two")
    }

    private mutating func known<Key: SettingKey>(
        _ word: String, as: Key.Type, _ section: String, _ origin: Origin
    ) -> Key? {
        if let key = Key(rawValue: word) { return key }
        diagnostics.error(
            origin, key: UnknownKey.shown(word), UnknownKey.explanation(of: word, in: section))
        return nil
    }
}
