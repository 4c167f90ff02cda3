// A stored body in the form in which it travels: as it is, or encoded where a relay lacks 8BITMIME or a line
// is too long (RFC 6152, RFC 5321 4.5.3.1.6). Throws DeliveryFailure, also for a body that can travel in no form.
internal import MIME
internal import MailCore
internal import Spool

struct WireBody {
    /// How it is encoded; nil where it travels as it is.
    let plan: TransferPlan?
    /// In bytes, before dot-stuffing.
    let size: Int
    /// Whether bytes above 127 may be in it.
    let is8Bit: Bool
    private let reader: BodyReader

    /// Reads the body only where it may have to be encoded.
    init(
        _ message: QueuedMessage, _ header: MessageHeader, _ reader: BodyReader,
        within limits: TransportLimits?
    ) async throws(DeliveryFailure) {
        self.reader = reader
        guard let limits, message.hasLongLines || message.is8Bit && !limits.allows8Bit else {
            (plan, size, is8Bit) = (nil, message.bodySize, message.is8Bit)
            return
        }
        var inspector = BodyInspector(header: header, limits: limits)
        while let chunk = try await spooled({ () throws(SpoolFailure) in try await reader.next() }) {
            inspector.update(chunk.span)
        }
        switch inspector.finish() {
        case .fits: (plan, size, is8Bit) = (nil, message.bodySize, message.is8Bit && limits.allows8Bit)
        case .needs(let plan): (self.plan, size, is8Bit) = (plan, plan.encodedBodySize, limits.allows8Bit)
        case .refused(let failure): throw failure
        }
    }

    /// The body from its start; call the result until it gives nil.
    func content() -> () async throws(DeliveryFailure) -> [UInt8]? {
        reader.rewind()
        var encoder = plan?.makeEncoder()
        return { [reader] () throws(DeliveryFailure) in
            while let chunk = try await spooled({ () throws(SpoolFailure) in try await reader.next() }) {
                guard encoder != nil else { return chunk }
                var output: [UInt8] = []
                encoder?.update(chunk.span, into: &output)
                if !output.isEmpty { return output }
            }
            guard encoder != nil else { return nil }
            var output: [UInt8] = []
            encoder?.finish(into: &output)
            encoder = nil
            return output.isEmpty ? nil : output
        }
    }
}

/// What the spool gives; its failure is the message's.
func spooled<Value>(
    _ body: () async throws(SpoolFailure) -> Value
) async throws(DeliveryFailure) -> Value {
    do throws(SpoolFailure) {
        return try await body()
    } catch {
        throw DeliveryFailure(.transient, .message, .storage, error.description)
    }
}
