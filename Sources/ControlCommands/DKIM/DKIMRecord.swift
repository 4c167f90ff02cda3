// `dkim record DOMAIN [SELECTOR --key-file FILE]`: the TXT record that publishes a key, in the forms that
// name servers and web forms want. Without a key file, the keys that the configuration has.
import DKIMCore

enum DKIMRecord {
    static func run(_ arguments: CommandArguments, _ environment: CommandEnvironment) throws {
        try arguments.require(1...2)
        guard let keyFile = arguments["--key-file"] else {
            return try showConfigured(arguments, environment)
        }
        guard arguments.words.count == 2 else {
            throw CommandFailure(
                ExitCode.usage, "dkim record wants the selector too where --key-file names the key")
        }
        let key = CommandEnvironment.ConfiguredKey(selector: arguments.words[1], keyFile: keyFile)
        try show(key, domain: arguments.words[0], environment)
    }

    /// A record under headings, each form ready to be copied.
    static func show(
        _ record: KeyRecord, domain: String, selector: String, _ environment: CommandEnvironment
    ) throws {
        try environment.print(
            "# A TXT record at \(KeyRecord.name(selector: selector, domain: domain)) with the value:",
            record.text, "",
            "# The same as a line of a zone file:",
            record.zoneFileLine(selector: selector, domain: domain), "",
            "# The same as a command for PowerDNS, if \(domain) is a zone of its own:",
            record.pdnsutilCommand(selector: selector, domain: domain))
    }

    private static func showConfigured(
        _ arguments: CommandArguments, _ environment: CommandEnvironment
    ) throws {
        let domain = arguments.words[0]
        let wanted = arguments.words.dropFirst().first
        let keys = try environment.configuredKeys(domain).filter { wanted == nil || $0.selector == wanted }
        guard !keys.isEmpty else {
            throw CommandFailure(
                ExitCode.configuration,
                "the configuration has no such key for \(domain); name one: "
                    + "smarthostctl dkim record DOMAIN SELECTOR --key-file FILE")
        }
        for (index, key) in keys.enumerated() {
            if index > 0 { try environment.print("") }
            try show(key, domain: domain, environment)
        }
    }

    private static func show(
        _ configured: CommandEnvironment.ConfiguredKey, domain: String, _ environment: CommandEnvironment
    ) throws {
        let key = try DKIMKeyFile.readPrivate(configured.keyFile, environment)
        do {
            _ = try Signer(domain: domain, selector: configured.selector, key: key)
            try show(
                try KeyRecord(for: key), domain: domain, selector: configured.selector, environment)
        } catch let error as DKIMError {
            throw CommandFailure(ExitCode.usage, "\(error)")
        }
    }
}
