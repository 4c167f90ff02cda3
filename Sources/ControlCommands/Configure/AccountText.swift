// The section of an account as it is written into a configuration.

struct AccountText {
    /// Where the password comes from.
    enum Password {
        case command(String)
        case file(String)
    }

    let name: String
    let relay: RelayCandidate
    let trustFile: String?
    /// Nil for a relay that asks for no login.
    let login: (user: String, password: Password)?
    let sender: String

    var text: String {
        let lines = [("account", name)] + way + credentials + [("from", sender)]
        return lines.map { "\($0) \(Self.quoted($1))\n" }.joined()
    }

    private var way: [(String, String)] {
        [
            ("host", relay.host), ("port", "\(relay.port)"), ("tls", "on"),
            ("tls_starttls", relay.isImplicit ? "off" : "on"),
        ] + (trustFile.map { [("tls_trust_file", $0)] } ?? [])
    }

    private var credentials: [(String, String)] {
        guard let login else { return [("auth", "off")] }
        let password =
            switch login.password {
            case .command(let command): ("passwordeval", command)
            case .file(let path): ("password_file", path)
            }
        return [("auth", "on"), ("user", login.user), password]
    }

    /// Quotes and blanks at an argument's ends would be taken away; inside quotes there is no escape.
    private static func quoted(_ argument: String) -> String {
        let ends = [argument.first, argument.last]
        return ends.contains("\"") || ends.contains(" ") ? "\"\(argument)\"" : argument
    }
}
