// `dkim sign SELECTOR DOMAIN KEYFILE`: a filter with dkimsign's arguments, and the defaults and choices of a
// `dkim` section. Throws CommandFailure.
//
// A message that cannot be signed does not come out: dkimsign would pass it on unsigned, and the mailer
// behind the pipe would send it so.
import DKIMCore
import MailCore

enum DKIMSign {
    static func run(_ arguments: CommandArguments, _ environment: CommandEnvironment) throws {
        try arguments.require(3...3)
        let skipped = words(arguments["--skip-fields"])
        let filter = SigningFilter(
            try makeSigner(arguments, environment), environment, skippedFields: skipped)
        var source = KeptInput(environment)
        let signature = try filter.sign(&source)
        try SigningFilter.copy(&source, with: signature, environment)
    }

    private static func makeSigner(
        _ arguments: CommandArguments, _ environment: CommandEnvironment
    ) throws -> Signer {
        let policy = try policy(arguments)
        let key = try DKIMKeyFile.readPrivate(.file(arguments.words[2]), environment)
        if let wanted = arguments["--signalg"], wanted != key.algorithm.rawValue {
            throw CommandFailure(
                ExitCode.usage, "--signalg \(wanted): the key signs with \(key.algorithm.rawValue) only")
        }
        do {
            return try Signer(
                domain: try DKIMNames.ascii(arguments.words[1]), selector: arguments.words[0], key: key,
                policy: policy)
        } catch let error as DKIMError {
            throw CommandFailure(ExitCode.usage, "\(error)")
        }
    }

    private static func policy(_ arguments: CommandArguments) throws -> Signer.Policy {
        var policy = Signer.Policy()
        policy.headerCanonicalization = try canonicalization("--hcanon", arguments)
        policy.bodyCanonicalization = try canonicalization("--bcanon", arguments)
        policy.identity = arguments["--identity"]
        policy.lifetime = try lifetime(arguments["--expire"] ?? "7")
        policy.fields = SignedFields(
            choosing: arguments["--sign-headers"].map(words),
            oversigned: arguments["--oversign-headers"].map(words))
        guard policy.fields.signed.contains(where: { $0.lowercased() == "from" }) else {
            throw CommandFailure(
                ExitCode.usage, "--sign-headers lacks From, which every signature must cover; add it")
        }
        return policy
    }

    private static func canonicalization(
        _ option: String, _ arguments: CommandArguments
    ) throws -> Canonicalization {
        guard let name = arguments[option] else { return .relaxed }
        guard let canonicalization = Canonicalization(rawValue: name) else {
            throw CommandFailure(ExitCode.usage, "\(option) is simple or relaxed, not '\(name)'")
        }
        return canonicalization
    }

    /// Seconds; nil for a signature that does not expire.
    private static func lifetime(_ text: String) throws -> Int64? {
        if text == "off" { return nil }
        guard let days = Int64(text), (1...3650).contains(days) else {
            throw CommandFailure(
                ExitCode.usage, "--expire is a number of days from 1 to 3650, or off, not '\(text)'")
        }
        return days * 86_400
    }

    /// Names between blanks, commas or colons.
    private static func words(_ text: String?) -> [String] {
        (text ?? "").split { " ,:".contains($0) }.map(String.init)
    }
}
