// `dkim verify`: a line in RFC 8601's words for each signature of the message on standard input, or a JSON
// array of them. The exit code is 0 if one of them passes, else 1. Throws CommandFailure.
import DKIMCore
import LinuxIO
import MailCore

enum DKIMVerify {
    static func run(_ arguments: CommandArguments, _ environment: CommandEnvironment) throws -> Int32 {
        try arguments.require(0...0)
        let now = try arguments["--at"].map(Moment.seconds) ?? environment.now()
        let lookUp = try source(arguments, environment)
        let verifier = try read(environment)
        if verifier.skippedSignatures > 0 {
            environment.complain("warning: \(verifier.skippedSignatures) more signatures were not looked at")
        }
        let results = verifier.finish(at: now, lookUp: lookUp)
        if arguments["--json"] != nil {
            try environment.print(JSONValue.array(results.map(json)).text)
        } else {
            for line in results.isEmpty ? ["dkim=none"] : results.map(\.description) {
                try environment.print(line)
            }
        }
        return results.contains { $0.verdict == .pass } ? ExitCode.success : ExitCode.failure
    }

    /// A verifier that has seen the whole message on standard input.
    static func read(
        _ environment: CommandEnvironment, maximumSignatures: Int = 10
    ) throws -> Verifier {
        try Verifier.checkCryptography()
        var input = MessageInput()
        var verifier: Verifier?
        while case let chunk = try environment.read(), !chunk.isEmpty {
            let body = try input.read(chunk)
            if verifier == nil {
                verifier = input.header.map { Verifier(header: $0, maximumSignatures: maximumSignatures) }
            }
            verifier?.update(body)
        }
        try input.finish()
        return verifier
            ?? Verifier(
                header: input.header ?? MessageHeader(fields: []), maximumSignatures: maximumSignatures)
    }

    /// Asks the DNS, and says why it does not answer.
    static func dns(
        _ server: DNSServer?, _ environment: CommandEnvironment
    ) -> (String) -> KeyAnswer {
        { name in
            let answer = KeyAnswer(environment.lookUpTXT(name, server))
            if case .temporaryFailure(let text) = answer { environment.complain("warning: \(name): \(text)") }
            return answer
        }
    }

    private static func source(
        _ arguments: CommandArguments, _ environment: CommandEnvironment
    ) throws -> (String) -> KeyAnswer {
        guard let keyFile = arguments["--key-file"] else {
            return dns(try arguments["--dns"].map(server), environment)
        }
        guard arguments["--dns"] == nil else {
            throw CommandFailure(ExitCode.usage, "--key-file and --dns exclude each other")
        }
        let record = try DKIMKeyFile.readRecord(keyFile, environment)
        return { _ in .records([record]) }
    }

    /// The server that `--dns` names.
    static func server(_ text: String) throws(CommandFailure) -> DNSServer {
        if let server = DNSServer(text) { return server }
        throw CommandFailure(
            ExitCode.usage,
            "--dns wants a name server's address, 192.0.2.53 or [2001:db8::53]:5353, not '\(text)'")
    }

    private static func json(_ result: SignatureResult) -> JSONValue {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? nil }
        func number(_ value: Int64?) -> JSONValue { value.map { .number(Int($0)) } ?? nil }
        let claims = result.claims
        let canonicalizations = claims.map { [$0.headerCanonicalization, $0.bodyCanonicalization] }
        return [
            "result": .string(result.verdict.rawValue), "reason": text(result.reason),
            "domain": text(result.domain), "selector": text(result.selector),
            "identity": text(result.identity), "algorithm": text(result.algorithm),
            "bits": number(result.keyBits.map(Int64.init)),
            "canonicalization": text(canonicalizations?.map(\.rawValue).joined(separator: "/")),
            "time": number(claims?.time), "expiration": number(claims?.expiration),
            "unsigned_body_bytes": number(claims.map { Int64(clamping: $0.unsignedBodyBytes) }),
            "key_name": text(claims?.keyName), "testing": .bool(result.isTesting),
            "signature": text(result.signatureStart),
        ]
    }
}
