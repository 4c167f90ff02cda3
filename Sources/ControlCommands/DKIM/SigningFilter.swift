// What `dkim sign` and dkimsign have in common: read the message, sign it, and pass it on as it came with the
// signature on top, in the message's own line ends; signed is the form with CRLF. Throws CommandFailure.
import DKIMCore
import MailCore

struct SigningFilter {
    private let signer: Signer
    private let environment: CommandEnvironment
    private let skippedFields: [String]

    init(_ signer: Signer, _ environment: CommandEnvironment, skippedFields: [String] = []) {
        self.signer = signer
        self.environment = environment
        self.skippedFields = skippedFields
    }

    /// A signature's field, and where it belongs.
    struct Placed {
        /// With its line ends.
        let field: [UInt8]
        /// How many bytes of the message stay above it.
        let position: Int
    }

    /// Reads the message to its end.
    func sign(_ source: inout KeptInput) throws -> Placed {
        var input = MessageInput()
        var hasher = signer.makeBodyHasher()
        while case let chunk = try source.read(), !chunk.isEmpty { hasher.update(try input.read(chunk)) }
        try input.finish()
        let message = MessageToSign(
            input.header ?? MessageHeader(fields: []), envelope: nil, at: environment.now(),
            skippedFields: skippedFields)
        do throws(DKIMError) {
            let field = try signer.signature(for: message, bodyHash: hasher.finish())
            let bytes = field.bytes + [ASCII.cr, ASCII.lf]
            return Placed(
                field: input.usesCRLF == false ? bytes.filter { $0 != ASCII.cr } : bytes,
                position: input.separatorLength)
        } catch {
            throw CommandFailure(ExitCode.data, "\(error)")
        }
    }

    /// Passes the message on. An mbox separator stays first: a field above it would make it part of the header.
    static func copy(
        _ source: inout KeptInput, with signature: Placed? = nil, _ environment: CommandEnvironment
    ) throws {
        try source.rewind()
        var left = signature?.position ?? 0
        if let signature, left == 0 { try environment.write(signature.field) }
        while case let chunk = try source.read(), !chunk.isEmpty {
            let above = chunk.prefix(left)
            guard let signature, !above.isEmpty else {
                try environment.write(chunk)
                continue
            }
            left -= above.count
            try environment.write(above + (left == 0 ? signature.field : []) + chunk[above.endIndex...])
        }
    }
}
