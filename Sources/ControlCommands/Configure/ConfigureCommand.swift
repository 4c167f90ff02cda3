// `configure`: from a mail address to the account section with which its mail can be sent. The relay is one that
// the DNS names or that the person at the terminal agrees to, and that proves its name. Throws CommandFailure.
internal import IDNA
internal import LinuxIO
internal import MailCore
internal import SMTPClient
internal import SmarthostConfiguration
internal import TLS

struct ConfigureCommand {
    private let arguments: CommandArguments
    private let context: ControlContext
    private let questions: Questions
    private var environment: CommandEnvironment { context.environment }

    init(_ arguments: CommandArguments, _ context: ControlContext) {
        self.arguments = arguments
        self.context = context
        questions = Questions(context.environment, areAnswered: arguments["--yes"] != nil)
    }

    func run() async throws -> Int32 {
        try arguments.require(1...1)
        let (address, domain) = try address()
        let file = try AccountFile(arguments["--write"], context)
        let (relay, wantsLogin) = try await relay(of: domain)
        let name = arguments["--account"] ?? file.freeName(domain)
        let login = wantsLogin ? try login(address, account: name) : nil
        let account = AccountText(
            name: name, relay: relay, trustFile: arguments["--trust-file"], login: login, sender: address)
        try file.check(account.text)
        if let path = arguments["--write"] {
            guard try questions.confirm("Append account \(name) to \(path)?") else { return ExitCode.failure }
            try file.append(account.text)
            environment.complain("account \(name) is in \(path) now; try it: smarthostctl check --connect")
        } else {
            try environment.write(Array(account.text.utf8))
        }
        return ExitCode.success
    }

    private func address() throws(CommandFailure) -> (address: String, domain: String) {
        let word = arguments.words[0]
        guard let address = try? EmailAddress(parsing: word.utf8), let domain = address.domain,
            let name = try? InternationalDomain.ascii(domain)
        else { throw CommandFailure(ExitCode.usage, "'\(word)' is no mail address such as ann@example.org") }
        return ("\(address)", name)
    }

    // MARK: The relay

    /// The first host that lets us in, and whether it wants a login.
    private func relay(of domain: String) async throws -> (RelayCandidate, wantsLogin: Bool) {
        for candidate in try candidates(for: domain) where try isWanted(candidate, domain) {
            do throws(DeliveryFailure) {
                let wantsLogin = try await probe(candidate)
                environment.complain("\(candidate.place) answers, with a certificate for its name")
                return (candidate, wantsLogin)
            } catch {
                environment.complain(RelayAdvice.text(for: error))
            }
        }
        throw CommandFailure(
            ExitCode.unavailable,
            "no relay for mail from \(domain) was found; ask its provider, and name it with --host")
    }

    private func candidates(for domain: String) throws -> [RelayCandidate] {
        let server = try arguments["--dns"].map(DKIMVerify.server)
        let search = try RelaySearch(domain) { environment.lookUpServices($0, server) }
        if let host = arguments["--host"] {
            guard case .found(let candidates) = search else { return RelaySearch.guesses([host]) }
            let named = candidates.filter { $0.host.lowercased() == host.lowercased() }
            return named.isEmpty ? RelaySearch.guesses([host]) : named
        }
        switch search {
        case .found(let candidates): return candidates
        case .notOffered:
            throw CommandFailure(
                ExitCode.unavailable,
                "\(domain) says in the DNS that it takes no mail for sending; ask its provider, and name the "
                    + "relay with --host")
        case .none:
            let hosts = ["smtp.\(domain)", "mail.\(domain)"]
            let question = "The DNS names no relay for \(domain). Try \(hosts[0]) and \(hosts[1])?"
            return try questions.confirm(question) ? RelaySearch.guesses(hosts) : []
        }
    }

    /// A host of another domain has to be agreed to by somebody who knows it: `--yes` is not enough.
    private func isWanted(_ candidate: RelayCandidate, _ domain: String) throws -> Bool {
        if candidate.isWithin(domain) || arguments["--host"] != nil { return true }
        let what = "The DNS says that the relay of \(domain) is \(candidate.place), in another domain."
        if questions.areAnswered {
            environment.complain("\(what) If that is your provider's, name it: --host \(candidate.host)")
            return false
        }
        return try questions.confirm("\(what) Is that your provider's?")
    }

    /// Opens a session up to the login, which is not tried; whether there is one.
    private func probe(_ candidate: RelayCandidate) async throws(DeliveryFailure) -> Bool {
        let trust = arguments["--trust-file"].map { TLSSettings.Trust.file($0) } ?? .system
        let settings = TLSSettings(trust: trust)
        let security: Security =
            candidate.isImplicit
            ? .implicit(settings, name: candidate.host) : .startTLS(settings, name: candidate.host)
        let route = Route(
            to: environment.place(.host(candidate.host, port: candidate.port)), security: security,
            helloName: "localhost")
        let session = try await RelayConnector(on: context.loop, workers: context.workers)
            .open(route.forImpatience)
        defer { session.abandon() }
        return !session.capabilities.authenticationMechanisms.isEmpty
    }

    // MARK: The login

    private func login(
        _ address: String, account: String
    ) throws -> (user: String, password: AccountText.Password) {
        let user = try arguments["--user"] ?? questions.ask("User name", default: address)
        if let command = arguments["--passwordeval"] { return (user, .command(command)) }
        if let path = arguments["--password-file"] { return (user, .file(path)) }
        let command = try questions.ask(
            "A command that prints the password, or nothing to keep it in a file:", default: "")
        if !command.isEmpty { return (user, .command(command)) }
        return (user, .file(try passwordFile(account)))
    }

    /// Where the password is; it is written there if it is told here.
    private func passwordFile(_ account: String) throws -> String {
        let path = try questions.ask(
            "The password's file", default: "/etc/smarthost/\(account).password")
        let secret = try questions.askSecretly(
            "The password, to be written there so that only this user can read it, or nothing to do that later:"
        )
        if secret.isEmpty {
            environment.complain("put the password there: install -m 600 /dev/stdin \(path)")
        } else {
            try environment.writeNewFile(path, (secret + [UInt8(ascii: "\n")]).span, 0o600)
        }
        return path
    }
}
