// `dkim record DOMAIN [SELECTOR --key-file FILE]`: the TXT record that publishes a key, in the forms that
// name servers, web forms and scripts want. Without a key file, all keys that the configuration has for the
// domain. Throws CommandFailure.
import DKIMCore
import MailCore

enum DKIMRecord {
    /// A key's record and its place.
    struct Placed {
        let record: KeyRecord
        let selector: String
        let domain: String

        var name: String { KeyRecord.name(selector: selector, domain: domain) }
        var zoneFileLine: String { record.zoneFileLine(selector: selector, domain: domain) }
        var pdnsutilCommand: String { record.pdnsutilCommand(selector: selector, domain: domain) }
    }

    static func run(_ arguments: CommandArguments, _ environment: CommandEnvironment) throws {
        try arguments.require(1...2)
        let domain = try DKIMNames.ascii(arguments.words[0])
        let show = try presentation(arguments)
        let records = try keys(arguments, of: domain, environment).map {
            try record($0, domain: domain, environment)
        }
        try environment.print(show(records))
    }

    /// All forms under headings, each ready to be copied.
    static func text(_ placed: Placed) -> String {
        """
        # A TXT record at \(placed.name) with the value:
        \(placed.record.text)

        # The same as a line of a zone file:
        \(placed.zoneFileLine)

        # The same as a command for PowerDNS, if \(placed.domain) is a zone of its own:
        \(placed.pdnsutilCommand)
        """
    }

    private static func presentation(_ arguments: CommandArguments) throws -> ([Placed]) -> String {
        if arguments["--json"] != nil {
            guard arguments["--form"] == nil else {
                throw CommandFailure(ExitCode.usage, "--json and --form exclude each other")
            }
            return { JSONValue.array($0.map(json)).text }
        }
        let separator = arguments["--form"] == nil ? "\n\n" : "\n"
        let form: (Placed) -> String
        switch arguments["--form"] {
        case nil: form = text
        case "bind": form = { $0.zoneFileLine }
        case "plain": form = { $0.record.text }
        case "pdnsutil": form = { $0.pdnsutilCommand }
        case let name?:
            throw CommandFailure(ExitCode.usage, "--form is bind, plain or pdnsutil, not '\(name)'")
        }
        return { $0.map(form).joined(separator: separator) }
    }

    private static func json(_ placed: Placed) -> JSONValue {
        [
            "name": .string(placed.name), "type": "TXT", "value": .string(placed.record.text),
            "strings": .array(placed.record.strings.map { .string($0) }),
            "selector": .string(placed.selector), "domain": .string(placed.domain),
            "zone_file": .string(placed.zoneFileLine), "pdnsutil": .string(placed.pdnsutilCommand),
        ]
    }

    private static func keys(
        _ arguments: CommandArguments, of domain: String, _ environment: CommandEnvironment
    ) throws -> [CommandEnvironment.ConfiguredKey] {
        let selector = arguments.words.dropFirst().first
        if let keyFile = arguments["--key-file"] {
            guard let selector else {
                throw CommandFailure(
                    ExitCode.usage, "dkim record wants the selector too where --key-file names the key")
            }
            return [CommandEnvironment.ConfiguredKey(selector: selector, source: .file(keyFile))]
        }
        let keys = try environment.configuredKeys(domain)
            .filter { selector == nil || $0.selector == selector }
        guard !keys.isEmpty else {
            throw CommandFailure(
                ExitCode.configuration,
                "the configuration has no such key for \(domain); name one: "
                    + "smarthostctl dkim record DOMAIN SELECTOR --key-file FILE")
        }
        return keys
    }

    private static func record(
        _ configured: CommandEnvironment.ConfiguredKey, domain: String, _ environment: CommandEnvironment
    ) throws -> Placed {
        let key = try configured.key ?? DKIMKeyFile.readPrivate(configured.source, environment)
        do throws(DKIMError) {
            _ = try Signer(domain: domain, selector: configured.selector, key: key)
            return Placed(record: try KeyRecord(for: key), selector: configured.selector, domain: domain)
        } catch {
            throw CommandFailure(ExitCode.usage, "\(error)")
        }
    }
}
