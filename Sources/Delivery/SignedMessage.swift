// A queued message as it goes on the wire: the signature on top of the stored header, then the body as it
// streams from the spool. The body is read twice, first to be hashed; nothing changes it in between.
// Throws DeliveryFailure: a message that should be signed and cannot be is not sent.
internal import DKIMCore
internal import LinuxIO
internal import MailCore
internal import Signing
internal import Spool

struct SignedMessage {
    /// Signature, header and the empty line.
    let head: [UInt8]
    /// Where the signature's key is published; nil for an unsigned message.
    let signedBy: String?
    private let bodySize: Int
    private let body: BodyReader

    init(
        _ message: QueuedMessage, from spool: any Spool, with keys: KeyRing, on workers: WorkerPool,
        at seconds: Int64
    ) async throws(DeliveryFailure) {
        bodySize = message.bodySize
        let stored = try await Self.reading { () throws(SpoolFailure) in try await spool.header(message.id) }
        body = try await Self.reading { () throws(SpoolFailure) in try await spool.body(message.id) }
        let header = Self.parsed(stored)
        var signature: [UInt8] = []
        if let signer = try keys.signer(for: header) {
            let hash = try await Self.bodyHash(for: signer, body)
            let field = try await Self.sign(header, hash, signer, workers, seconds)
            signature = field.bytes + [ASCII.cr, ASCII.lf]
            signedBy = "\(signer.selector)._domainkey.\(signer.domain)"
        } else {
            signedBy = nil
        }
        head = signature + stored + [ASCII.cr, ASCII.lf]
    }

    /// In bytes, before dot-stuffing.
    var size: Int { head.count + bodySize }

    /// The content from its start; call the result until it gives nil.
    func content() -> () async throws(DeliveryFailure) -> [UInt8]? {
        var hasBegun = false
        return { [head, body] () throws(DeliveryFailure) in
            guard hasBegun else {
                hasBegun = true
                body.rewind()
                return head
            }
            return try await Self.reading { () throws(SpoolFailure) in try await body.next() }
        }
    }

    private static func bodyHash(
        for signer: Signer, _ body: BodyReader
    ) async throws(DeliveryFailure) -> BodyHash {
        var hasher = signer.makeBodyHasher()
        while let chunk = try await reading({ () throws(SpoolFailure) in try await body.next() }) {
            hasher.update(chunk)
        }
        return hasher.finish()
    }

    private static func sign(
        _ header: MessageHeader, _ hash: BodyHash, _ signer: Signer, _ workers: WorkerPool, _ seconds: Int64
    ) async throws(DeliveryFailure) -> HeaderField {
        do throws(DKIMError) {
            return try await workers.run { () throws(DKIMError) in
                try signer.signature(
                    for: MessageToSign(header, envelope: nil, at: seconds), bodyHash: hash)
            }
        } catch {
            throw .unsigned(domain: signer.domain, error)
        }
    }

    private static func reading<Value>(
        _ body: () async throws(SpoolFailure) -> Value
    ) async throws(DeliveryFailure) -> Value {
        do throws(SpoolFailure) {
            return try await body()
        } catch {
            throw DeliveryFailure(.transient, .message, .storage, error.description)
        }
    }

    /// The stored header was prepared here, so it is all fields.
    private static func parsed(_ bytes: [UInt8]) -> MessageHeader {
        var reader = MessageReader(limit: .max)
        var body: [UInt8] = []
        try? reader.read(bytes.span, body: &body)
        try? reader.finish(body: &body)
        return reader.header ?? MessageHeader(fields: [])
    }
}
