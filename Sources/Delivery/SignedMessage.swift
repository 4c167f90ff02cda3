// A queued message as it goes on the wire: the signatures on top of the header, then the body as it streams
// from the spool, encoded where the relay could not take it as it is. The body is read twice, first to be
// hashed; nothing changes it in between.
// Throws DeliveryFailure: a message that should be signed and cannot be is not sent.
internal import DKIMCore
internal import LinuxIO
internal import MIME
internal import MailCore
internal import Signing
internal import SmarthostConfiguration
internal import Spool

struct SignedMessage {
    /// Signatures, header and the empty line.
    let head: [UInt8]
    let seal: Seal
    private let body: WireBody

    /// By what a message's signatures were made, or why it has none.
    enum Seal {
        /// Where the keys are published.
        case signed(by: [String])
        case unsigned(KeyRing.UnsignedReason)
    }

    /// `limits` is what the way to the recipients can carry; nil for a way that carries everything.
    /// `seconds` since 1970 is to be from before the call: a key that another one replaces meanwhile has made
    /// no signature with a t= after that.
    init(
        _ message: QueuedMessage, to envelope: Envelope, by rules: SigningRules, from spool: any Spool,
        with keys: SigningKeys, on workers: WorkerPool, within limits: TransportLimits?, at seconds: Int64
    ) async throws(DeliveryFailure) {
        let stored = try await spooled { () throws(SpoolFailure) in try await spool.header(message.id) }
        let reader = try await spooled { () throws(SpoolFailure) in try await spool.body(message.id) }
        let original = Self.parsed(stored)
        body = try await WireBody(message, original, reader, within: limits)
        let header = body.plan?.header(original) ?? original
        var signatures: [UInt8] = []
        switch try keys.ring.decision(on: header, rules.choice) {
        case .unsigned(let reason): seal = .unsigned(reason)
        case .signed(let signers):
            let order = MessageToSign(
                header, envelope: envelope, at: seconds, skippedFields: rules.skippedFields)
            signatures = try await Self.signatures(by: signers, for: order, body, workers)
            seal = .signed(by: signers.map(\.keyName))
        }
        head = signatures + (body.plan == nil ? stored : header.serialized) + [ASCII.cr, ASCII.lf]
    }

    /// In bytes, before dot-stuffing.
    var size: Int { head.count + body.size }

    /// Whether bytes above 127 are left in it.
    var is8Bit: Bool { body.is8Bit || head.contains { $0 >= 0x80 } }

    /// The content from its start; call the result until it gives nil.
    func content() -> () async throws(DeliveryFailure) -> [UInt8]? {
        var next: (() async throws(DeliveryFailure) -> [UInt8]?)?
        return { [head, body] () throws(DeliveryFailure) in
            if let next { return try await next() }
            next = body.content()
            return head
        }
    }

    private static func signatures(
        by signers: [Signer], for message: MessageToSign, _ body: WireBody, _ workers: WorkerPool
    ) async throws(DeliveryFailure) -> [UInt8] {
        var signer = MessageSigner(signers)
        let next = body.content()
        while let chunk = try await next() { signer.update(chunk) }
        do throws(DKIMError) {
            let fields = try await workers.run { [signer] () throws(DKIMError) in
                try signer.signatures(for: message)
            }
            return MessageHeader(fields: fields).serialized
        } catch {
            throw .unsigned(signers, error)
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
