// dkimsign and dkimverify of dkimpy, by the name that this program was called by: their arguments, defaults,
// output and exit codes, so that a pipeline that has them goes on as it is. Nothing is thrown: 2 is the exit
// code of a wrong command line, and all else ends as described at each.
import DKIMCore

enum NamedFilter: String, CaseIterable {
    case dkimsign, dkimverify

    /// Runs the filter; gives its exit code.
    func run(_ arguments: [String], _ environment: CommandEnvironment) -> Int32 {
        do {
            let parsed = try FilterArguments(arguments, for: form)
            guard !parsed.wantsHelp else {
                try environment.print(form.help)
                return ExitCode.success
            }
            switch self {
            case .dkimsign: return try Self.sign(parsed, environment)
            case .dkimverify: return try Self.verify(parsed, environment)
            }
        } catch let error as FilterArguments.Problem {
            environment.complain("error: \(error.text)\n\(form.usage)")
            return 2
        } catch {
            environment.complain((error as? CommandFailure)?.text ?? "\(error)")
            return ExitCode.failure
        }
    }

    private var form: FilterForm {
        switch self {
        case .dkimsign: .dkimsign
        case .dkimverify: .dkimverify
        }
    }

    // MARK: dkimsign

    /// Exit code 0 even where the message cannot be signed: it comes out as it went in, and standard error
    /// says why. Whoever runs dkimsign in a pipe counts on the message coming out.
    private static func sign(
        _ arguments: FilterArguments, _ environment: CommandEnvironment
    ) throws -> Int32 {
        var source = KeptInput(environment)
        var signature: SigningFilter.Placed?
        do {
            signature = try SigningFilter(try signer(arguments, environment), environment).sign(&source)
        } catch {
            let reason = (error as? CommandFailure)?.text ?? "\(error)"
            environment.complain("the message is passed on unsigned: \(reason)")
        }
        try SigningFilter.copy(&source, with: signature, environment)
        return ExitCode.success
    }

    private static func signer(
        _ arguments: FilterArguments, _ environment: CommandEnvironment
    ) throws -> Signer {
        let algorithm = arguments["--signalg"] ?? SignatureAlgorithm.rsaSHA256.rawValue
        // The choices of the other one's command line hold; RFC 8301 3.1 forbids to sign so.
        guard algorithm != "rsa-sha1" else {
            throw CommandFailure(
                ExitCode.usage,
                "rsa-sha1 must not be used any more, and no receiver believes it (RFC 8301); leave --signalg out"
            )
        }
        var policy = Signer.Policy()
        policy.headerCanonicalization = arguments["--hcanon"] == "simple" ? .simple : .relaxed
        policy.bodyCanonicalization = arguments["--bcanon"] == "relaxed" ? .relaxed : .simple
        policy.identity = arguments["--identity"]
        policy.lifetime = nil
        let key = try DKIMKeyFile.readPrivate(.file(arguments.words[2]), environment)
        guard key.algorithm.rawValue == algorithm else {
            throw CommandFailure(
                ExitCode.usage, "\(arguments.words[2]): \(key); say --signalg \(key.algorithm.rawValue)")
        }
        return try Signer(
            domain: try DKIMNames.ascii(arguments.words[1]), selector: arguments.words[0], key: key,
            policy: policy)
    }

    // MARK: dkimverify

    /// How far down `--index` may look.
    private static let maximumSignatures = 100

    /// One signature, the topmost unless `--index` names another: `signature ok` and 0, else
    /// `signature verification failed` and 1, with the reason on standard error.
    private static func verify(
        _ arguments: FilterArguments, _ environment: CommandEnvironment
    ) throws -> Int32 {
        do {
            let index = arguments["--index"].flatMap { Int($0) } ?? 0
            let results = try DKIMVerify.read(environment, maximumSignatures: maximumSignatures)
                .finish(at: environment.now(), lookUp: DKIMVerify.dns(nil, environment))
            // From the end where it is negative.
            let position = index < 0 ? results.count.saturatingSum(index) : index
            if results.indices.contains(position) {
                let result = results[position]
                if result.verdict == .pass {
                    try environment.print("signature ok")
                    return ExitCode.success
                }
                environment.complain("\(result)")
            } else {
                environment.complain("there is no DKIM signature number \(index)")
            }
        } catch {
            environment.complain((error as? CommandFailure)?.text ?? "\(error)")
        }
        try environment.print("signature verification failed")
        return ExitCode.failure
    }
}

extension Int {
    /// The sum, without an overflow where it is out of any array's reach anyway.
    fileprivate func saturatingSum(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? -1 : sum
    }
}
