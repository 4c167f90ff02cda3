// Reading a configuration: the file, its sections, what the environment adds, and the embedded default.
// Throws ConfigurationError with everything that is wrong.

extension Configuration {
    /// Reads what stands at the location. Without a file in the usual place the embedded default is taken:
    /// mail goes to a Maildir below the state directory.
    public static func load(
        _ location: ConfigurationLocation, from source: ConfigurationSource
    ) throws(ConfigurationError) -> Configuration {
        guard let file = try read(location, source) else {
            return try ConfigurationLoader(path: nil, source: source).configuration()
        }
        return try parse(file, path: location.path, from: source)
    }

    /// Reads a file that is at hand already.
    public static func parse(
        _ file: SourceFile, path: String, from source: ConfigurationSource
    ) throws(ConfigurationError) -> Configuration {
        var loader = ConfigurationLoader(path: path, source: source)
        loader.read(file)
        return try loader.configuration()
    }

    /// The file, or nil where none is needed and none is there.
    private static func read(
        _ location: ConfigurationLocation, _ source: ConfigurationSource
    ) throws(ConfigurationError) -> SourceFile? {
        do throws(SourceFailure) {
            return try source.read(location.path)
        } catch {
            if case .standard = location, error == .notFound { return nil }
            var text = "cannot be read: \(error)"
            if case .named(_, let by) = location { text += " (named by \(by))" }
            throw ConfigurationError(errors: [Diagnostic(.error, at: .file(location.path), text)])
        }
    }
}

/// One pass from bytes to a Configuration.
struct ConfigurationLoader {
    let path: String?
    let source: ConfigurationSource
    private var reader: SectionReader
    private var diagnostics = Diagnostics()

    init(path: String?, source: ConfigurationSource) {
        self.path = path
        self.source = source
        reader = SectionReader(file: path ?? "", source: source, mayRunCommands: true)
    }

    mutating func read(_ file: SourceFile) {
        guard let path else { return }
        let commands = FilePermissions.check(path, file.metadata, holds: .commands, for: source.process)
        reader = SectionReader(file: path, source: source, mayRunCommands: !commands.isRefusal)
        reader.read(file.bytes)
        diagnostics = reader.diagnostics
        if let origin = reader.secretOrigin {
            report(FilePermissions.check(path, file.metadata, holds: .secret, for: source.process), origin)
        }
        if reader.commandOrigin != nil { report(commands, .file(path)) }
    }

    private mutating func report(_ verdict: FilePermissions.Verdict, _ origin: Origin) {
        switch verdict {
        case .safe: break
        case .warning(let text): diagnostics.warning(origin, text)
        case .refused(let text): diagnostics.error(origin, text)
        }
    }

    consuming func configuration() throws(ConfigurationError) -> Configuration {
        var daemon = DaemonSettings(stateDirectory: source.stateDirectory)
        if let socket = source.variable("SMARTHOST_SOCKET") {
            daemon.apply(socket: socket, reporting: &diagnostics)
        }
        daemon.apply(reader.daemon, reporting: &diagnostics)
        let sections = accountSections()
        let accounts = sections.compactMap {
            AccountBuilder($0, names: source.names).build(reporting: &diagnostics)
        }
        let signing = signingSettings(for: accounts, daemon)
        let defaultAccount = defaultAccount(of: accounts, sections)
        guard diagnostics.errors.isEmpty else {
            throw ConfigurationError(errors: diagnostics.errors, warnings: diagnostics.warnings)
        }
        return Configuration(
            daemon: daemon, accounts: accounts, defaultAccount: defaultAccount, dkim: signing,
            warnings: diagnostics.warnings, file: path)
    }

    /// The accounts that mail can take; the embedded one where the file has none.
    private mutating func accountSections() -> [AccountSection] {
        var sections = reader.accounts.filter { !$0.isTemplate }
        for index in sections.indices { sections[index].netrcFiles = netrcFiles }
        guard sections.isEmpty else { return sections }
        let embedded = EmbeddedDefault.account(stateDirectory: source.stateDirectory)
        if let path {
            diagnostics.warning(
                .file(path),
                "has no account: mail is kept in the Maildir \(EmbeddedDefault.maildir(source.stateDirectory))"
            )
        }
        return [embedded]
    }

    /// In msmtp's order.
    private var netrcFiles: [String] {
        let files = [source.homeDirectory.map { "\($0)/.netrc" }, "/etc/netrc"].compactMap(\.self)
        return files.filter { path in
            do throws(SourceFailure) { _ = try source.read(path) } catch { return error != .notFound }
            return true
        }
    }

    private mutating func signingSettings(
        for accounts: [Account], _ daemon: DaemonSettings
    ) -> [SigningSettings] {
        var sections = reader.signing
        if let section = EnvironmentSigning.section(from: source, beside: sections, reporting: &diagnostics) {
            sections.append(section)
        }
        let settings = sections.compactMap { $0.build(reporting: &diagnostics) }
        let check = SigningConsistency(sections: sections)
        check.look(at: settings, reporting: &diagnostics)
        check.look(at: accounts, reporting: &diagnostics)
        check.look(at: daemon, reporting: &diagnostics)
        return settings
    }

    /// `account default`, else the only account there is, which msmtp would not take.
    private mutating func defaultAccount(of accounts: [Account], _ sections: [AccountSection]) -> Account? {
        if let section = sections.first(where: { $0.name == "default" }) {
            return accounts.first { $0.name == section.name }
        }
        guard let first = sections.first else { return nil }
        if sections.count == 1 {
            diagnostics.warning(
                first.origin, key: "account",
                "\(first.name) is the only account and taken as the default; "
                    + "to say so, add `account default : \(first.name)`")
            return accounts.first
        }
        diagnostics.warning(
            first.origin, key: "account",
            "none is called default: mail from a sender that no account's from matches "
                + "is refused; add for example `account default : \(first.name)`")
        return nil
    }
}

/// What holds where nobody configured a relay.
enum EmbeddedDefault {
    static func maildir(_ stateDirectory: String) -> String { stateDirectory + "/Maildir" }

    static func account(stateDirectory: String) -> AccountSection {
        var section = AccountSection(name: "default", origin: .builtIn, defaults: Settings())
        section.own.set(
            .mailProtocol, to: Setting(value: .text("maildir"), shown: "maildir", origin: .builtIn))
        let path = maildir(stateDirectory)
        section.own.set(.maildir, to: Setting(value: .text(path), shown: path, origin: .builtIn))
        return section
    }
}
