// `dkim verify [--key-file FILE]`: a line in RFC 8601's words for each signature of the message on standard
// input. The exit code is 0 if one of them passes, else 1.
import DKIMCore
import MailCore

enum DKIMVerify {
    static func run(_ arguments: CommandArguments, _ environment: CommandEnvironment) throws -> Int32 {
        try arguments.require(0...0)
        try Verifier.checkCryptography()
        let lookUp = try source(of: arguments["--key-file"], environment)
        var input = MessageInput()
        var verifier: Verifier?
        while case let chunk = try environment.read(), !chunk.isEmpty {
            let body = try input.read(chunk)
            if verifier == nil { verifier = input.header.map { Verifier(header: $0) } }
            verifier?.update(body)
        }
        try input.finish()
        let complete = verifier ?? Verifier(header: input.header ?? MessageHeader(fields: []))
        if complete.skippedSignatures > 0 {
            environment.complain("warning: \(complete.skippedSignatures) more signatures were not looked at")
        }
        let results = complete.finish(at: environment.now(), lookUp: lookUp)
        if results.isEmpty { try environment.print("dkim=none") }
        for result in results { try environment.print(result.description) }
        return results.contains { $0.verdict == .pass } ? ExitCode.success : ExitCode.failure
    }

    private static func source(
        of keyFile: String?, _ environment: CommandEnvironment
    ) throws -> (String) -> KeyAnswer {
        if let keyFile {
            let record = try DKIMKeyFile.readRecord(keyFile, environment)
            return { _ in .records([record]) }
        }
        return { name in
            let answer = environment.lookUpTXT(name)
            if case .temporaryFailure(let text) = answer { environment.complain("warning: \(name): \(text)") }
            return answer
        }
    }
}
