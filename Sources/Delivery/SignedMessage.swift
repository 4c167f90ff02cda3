// A queued message as it goes on the wire: the signatures on top of the stored header, then the body as it
// streams from the spool. The body is read twice, first to be hashed; nothing changes it in between.
// Throws DeliveryFailure: a message that should be signed and cannot be is not sent.
internal import DKIMCore
internal import LinuxIO
internal import MailCore
internal import Signing
internal import SmarthostConfiguration
internal import Spool

struct SignedMessage {
    /// Signatures, header and the empty line.
    let head: [UInt8]
    let seal: Seal
    private let bodySize: Int
    private let body: BodyReader

    /// By what a message's signatures were made, or why it has none.
    enum Seal {
        /// Where the keys are published.
        case signed(by: [String])
        case unsigned(KeyRing.UnsignedReason)
    }

    /// `seconds` since 1970 is to be from before the call: a key that another one replaces meanwhile has made
    /// no signature with a t= after that.
    init(
        _ message: QueuedMessage, to envelope: Envelope, by rules: SigningRules, from spool: any Spool,
        with keys: SigningKeys, on workers: WorkerPool, at seconds: Int64
    ) async throws(DeliveryFailure) {
        bodySize = message.bodySize
        let stored = try await Self.reading { () throws(SpoolFailure) in try await spool.header(message.id) }
        body = try await Self.reading { () throws(SpoolFailure) in try await spool.body(message.id) }
        let header = Self.parsed(stored)
        var signatures: [UInt8] = []
        switch try keys.ring.decision(on: header, rules.choice) {
        case .unsigned(let reason): seal = .unsigned(reason)
        case .signed(let signers):
            let order = MessageToSign(
                header, envelope: envelope, at: seconds, skippedFields: rules.skippedFields)
            signatures = try await Self.signatures(by: signers, for: order, body, workers)
            seal = .signed(by: signers.map(\.keyName))
        }
        head = signatures + stored + [ASCII.cr, ASCII.lf]
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

    private static func signatures(
        by signers: [Signer], for message: MessageToSign, _ body: BodyReader, _ workers: WorkerPool
    ) async throws(DeliveryFailure) -> [UInt8] {
        var signer = MessageSigner(signers)
        while let chunk = try await reading({ () throws(SpoolFailure) in try await body.next() }) {
            signer.update(chunk)
        }
        do throws(DKIMError) {
            let fields = try await workers.run { [signer] () throws(DKIMError) in
                try signer.signatures(for: message)
            }
            return MessageHeader(fields: fields).serialized
        } catch {
            throw .unsigned(signers, error)
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
