// `dkim sign SELECTOR DOMAIN KEYFILE`: a filter with dkimsign's arguments. The message comes out as it
// went in, with the signature on top in the message's own line ends; signed is the form with CRLF.
//
// A message that cannot be signed does not come out: dkimsign would pass it on unsigned, and the mailer
// behind the pipe would send it so.
//
// Input that can be read twice is; of a pipe, the message is kept in memory until its hash is known.
import DKIMCore
import MailCore

enum DKIMSign {
    static func run(_ arguments: CommandArguments, _ environment: CommandEnvironment) throws {
        try arguments.require(3...3)
        let signer = try makeSigner(arguments, environment)
        let isTwiceReadable = environment.rewind()
        var input = MessageInput()
        var hasher = signer.makeBodyHasher()
        var kept: [[UInt8]] = []
        while case let chunk = try environment.read(), !chunk.isEmpty {
            hasher.update(try input.read(chunk))
            if !isTwiceReadable { kept.append(chunk) }
        }
        try input.finish()
        let field = try sign(signer, input, hasher.finish(), environment)
        guard !isTwiceReadable || environment.rewind() else {
            throw CommandFailure(ExitCode.system, "the message cannot be read a second time")
        }
        var next = kept.makeIterator()
        try copy(input, field, environment) { isTwiceReadable ? try environment.read() : next.next() ?? [] }
    }

    private static func makeSigner(
        _ arguments: CommandArguments, _ environment: CommandEnvironment
    ) throws -> Signer {
        var policy = Signer.Policy()
        policy.headerCanonicalization = try canonicalization("--hcanon", arguments)
        policy.bodyCanonicalization = try canonicalization("--bcanon", arguments)
        policy.identity = arguments["--identity"]
        let key = try DKIMKeyFile.readPrivate(arguments.words[2], environment)
        if let wanted = arguments["--signalg"], wanted != key.algorithm.rawValue {
            throw CommandFailure(
                ExitCode.usage, "--signalg \(wanted): the key signs with \(key.algorithm.rawValue) only")
        }
        do {
            return try Signer(
                domain: arguments.words[1], selector: arguments.words[0], key: key, policy: policy)
        } catch {
            throw CommandFailure(ExitCode.usage, "\(error)")
        }
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

    private static func sign(
        _ signer: Signer, _ input: MessageInput, _ bodyHash: BodyHash, _ environment: CommandEnvironment
    ) throws -> [UInt8] {
        do {
            let header = input.header ?? MessageHeader(fields: [])
            let field = try signer.signature(
                for: MessageToSign(header, envelope: nil, at: environment.now()), bodyHash: bodyHash)
            let bytes = field.bytes + [ASCII.cr, ASCII.lf]
            return input.usesCRLF == false ? bytes.filter { $0 != ASCII.cr } : bytes
        } catch {
            throw CommandFailure(ExitCode.data, "\(error)")
        }
    }

    /// An mbox separator stays first: a field above it would make it part of the header.
    private static func copy(
        _ input: MessageInput, _ field: [UInt8], _ environment: CommandEnvironment,
        _ next: () throws -> [UInt8]
    ) throws {
        var separatorLeft = input.separatorLength
        if separatorLeft == 0 { try environment.write(field) }
        while case let chunk = try next(), !chunk.isEmpty {
            guard separatorLeft > 0 else {
                try environment.write(chunk)
                continue
            }
            let separator = chunk.prefix(separatorLeft)
            separatorLeft -= separator.count
            let isComplete = separatorLeft == 0
            try environment.write(separator + (isComplete ? field : []) + chunk[separator.endIndex...])
        }
    }
}
