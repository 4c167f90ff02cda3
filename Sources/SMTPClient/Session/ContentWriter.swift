// Content on its way: dot-stuffed, and gathered into blocks, so that many small pieces make few writes.
internal import MailCore

/// Stuffs and sends one message's content.
struct ContentWriter {
    private var stuffing = DotStuffing()
    private var waiting: [UInt8] = []

    mutating func write(_ piece: [UInt8], to line: DialogueLine) async throws(DeliveryFailure) {
        stuffing.stuff(piece.span, into: &waiting)
        guard waiting.count >= DialogueLine.blockSize else { return }
        try await line.send(content: waiting[...])
        waiting.removeAll(keepingCapacity: true)
    }

    /// Sends the rest with the final dot.
    mutating func finish(on line: DialogueLine) async throws(DeliveryFailure) {
        stuffing.finish(into: &waiting)
        try await line.send(content: waiting[...])
    }
}
