// `dkim keygen DOMAIN SELECTOR`: a new RSA key in a file of its own, and what to do with it.
import DKIMCore
import LinuxIO

enum DKIMKeygen {
    static func run(_ arguments: CommandArguments, _ environment: CommandEnvironment) throws {
        try arguments.require(2...2)
        let (domain, selector) = (arguments.words[0], arguments.words[1])
        guard let bits = Int(arguments["--bits"] ?? "2048") else {
            throw CommandFailure(ExitCode.usage, "--bits wants a number, 2048 for example")
        }
        let path = arguments["--out"] ?? "./\(domain).\(selector).pem"
        let key = try makeKey(bits, domain: domain, selector: selector)
        do {
            try key.withPEM { try environment.writeNewFile(path, $0, 0o600) }
        } catch {
            throw CommandFailure(ExitCode.system, "the key cannot be written to \(path): \(error)")
        }
        if let warning = key.warning { environment.complain("warning: \(warning)") }
        try explain(path, try KeyRecord(for: key), domain, selector, environment)
    }

    /// The names are checked before a file named after them is written.
    private static func makeKey(
        _ bits: Int, domain: String, selector: String
    ) throws(CommandFailure) -> SigningKey {
        do throws(DKIMError) {
            let key = try SigningKey.generate(bits: bits)
            _ = try Signer(domain: domain, selector: selector, key: key)
            return key
        } catch {
            throw CommandFailure(ExitCode.usage, "\(error)")
        }
    }

    private static func explain(
        _ path: String, _ record: KeyRecord, _ domain: String, _ selector: String,
        _ environment: CommandEnvironment
    ) throws {
        try environment.print(
            "# The private key is in \(path). Now:", "#", "# 1. Publish the record.", "")
        try DKIMRecord.show(record, domain: domain, selector: selector, environment)
        try environment.print(
            "", "# 2. Give the key to the daemon's user alone, and name it in the configuration:", "",
            "dkim \(domain)", "selector \(selector)", "key_file \(Files.resolved(path) ?? path)")
    }
}
