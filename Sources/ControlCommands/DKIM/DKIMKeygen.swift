// `dkim keygen DOMAIN SELECTOR`: a new key in a file of its own, and what to do with it. Throws CommandFailure.
import DKIMCore
import LinuxIO

enum DKIMKeygen {
    static func run(_ arguments: CommandArguments, _ environment: CommandEnvironment) throws {
        try arguments.require(2...2)
        let (domain, selector) = (try DKIMNames.ascii(arguments.words[0]), arguments.words[1])
        let path = arguments["--out"] ?? "./\(domain).\(selector).pem"
        let (algorithm, bits) = try kind(arguments)
        let key = try makeKey(algorithm, bits, domain: domain, selector: selector)
        do {
            try key.withPEM { try environment.writeNewFile(path, $0, 0o600) }
        } catch {
            throw CommandFailure(ExitCode.system, "the key cannot be written to \(path): \(error)")
        }
        if let warning = key.warning { environment.complain("warning: \(warning)") }
        let record = DKIMRecord.Placed(
            record: try KeyRecord(for: key), selector: selector, domain: domain)
        try explain(Files.resolved(path) ?? path, algorithm, record, environment)
    }

    private static func kind(_ arguments: CommandArguments) throws -> (SignatureAlgorithm, Int) {
        let isEd25519 = arguments["--ed25519"] != nil
        let name = arguments["--algorithm"] ?? (isEd25519 ? "ed25519" : "rsa")
        let algorithm = SignatureAlgorithm.allCases.first { $0.keyType == name }
        guard let algorithm, !isEd25519 || algorithm == .ed25519SHA256 else {
            throw CommandFailure(
                ExitCode.usage,
                algorithm == nil
                    ? "--algorithm is rsa or ed25519, not '\(name)'"
                    : "--ed25519 and --algorithm \(name) exclude each other")
        }
        guard algorithm == .rsaSHA256 || arguments["--bits"] == nil else {
            throw CommandFailure(ExitCode.usage, "--bits is for RSA; an Ed25519 key always has 256")
        }
        guard let bits = Int(arguments["--bits"] ?? "2048") else {
            throw CommandFailure(ExitCode.usage, "--bits wants a number, 2048 for example")
        }
        return (algorithm, bits)
    }

    /// The names are checked before a file named after them is written.
    private static func makeKey(
        _ algorithm: SignatureAlgorithm, _ bits: Int, domain: String, selector: String
    ) throws(CommandFailure) -> SigningKey {
        do throws(DKIMError) {
            let key = try SigningKey.generate(algorithm, bits: bits)
            _ = try Signer(domain: domain, selector: selector, key: key)
            return key
        } catch {
            throw CommandFailure(ExitCode.usage, "\(error)")
        }
    }

    private static func explain(
        _ path: String, _ algorithm: SignatureAlgorithm, _ placed: DKIMRecord.Placed,
        _ environment: CommandEnvironment
    ) throws {
        let advice =
            algorithm == .ed25519SHA256
            ? "Not every receiver knows Ed25519 yet: keep an RSA key beside it, with a selector of its own."
            : "An Ed25519 key may stand beside it, with a selector of its own."
        try environment.print(
            """
            # The private key is in \(path). Now:
            #
            # 1. Publish the record.

            \(DKIMRecord.text(placed))

            # 2. Let the daemon alone read the key, and name it in the configuration. \(advice)
            \(reading(path, placed))
            #    A section takes several keys: repeat the lines selector and key_file in it for each, and
            #    every mail gets a signature with each.

            dkim \(placed.domain)
            selector \(placed.selector)
            key_file \(path)
            """)
    }

    /// The systemd unit loads /etc/smarthost as credentials.
    private static func reading(_ path: String, _ placed: DKIMRecord.Placed) -> String {
        let folder = "/etc/smarthost/"
        let others = "Without systemd, with USER for the daemon's: chown USER \(path)"
        if path.hasPrefix(folder) {
            return """
                #    The systemd unit hands it to the daemon, and the file stays root's: systemctl restart smarthost
                #    \(others)
                """
        }
        return """
            #    The systemd unit hands the daemon what is in \(folder); there it stays root's:
            #    install -D -m 600 \(path) \(folder)dkim/\(placed.domain).\(placed.selector).pem
            #    and that is its key_file then. \(others)
            """
    }
}
