// A message's content between its source and the wire: checked, and gathered into the chunks of RFC 3030
// or given on piece by piece for DATA. Throws what the source throws, and 5.6.0 for bytes that may not go
// on the wire: they are signed, so they are refused and not mended.
internal import MailCore

/// Reads one message's content.
struct ContentFeed {
    private let source: ContentSource
    private let failures: RelayFailures
    private var check = WireBytes()
    /// What was read and not yet given away; the current chunk is its beginning.
    private var waiting: [UInt8] = []
    private var chunkSize = 0
    private var lastBytes: [UInt8] = []
    private var hasEnded = false

    init(_ source: @escaping ContentSource, failures: RelayFailures) {
        self.source = source
        self.failures = failures
    }

    /// The chunk that `nextChunk` read, until it reads the next.
    var chunk: ArraySlice<UInt8> { waiting.prefix(chunkSize) }

    /// Lets go of the current chunk and reads the next, of that size or, at the end, a smaller one. A last
    /// line without end gets its CRLF: it has to have one, and DKIM counts it as if it had.
    mutating func nextChunk(
        upTo limit: Int
    ) async throws(DeliveryFailure) -> (size: Int, isLast: Bool) {
        waiting.removeFirst(chunkSize)
        chunkSize = 0
        // One byte more tells whether this chunk is the last.
        while !hasEnded, waiting.count <= limit { try await read() }
        chunkSize = min(limit, waiting.count)
        return (chunkSize, hasEnded && chunkSize == waiting.count)
    }

    /// The next piece for DATA, the current chunk included; nil at the end.
    mutating func nextPiece() async throws(DeliveryFailure) -> [UInt8]? {
        chunkSize = 0
        while waiting.isEmpty, !hasEnded { try await read() }
        if waiting.isEmpty { return nil }
        defer { waiting = [] }
        return waiting
    }

    private mutating func read() async throws(DeliveryFailure) {
        let piece = try await source()
        do throws(StrayByte) {
            guard let piece else {
                hasEnded = true
                try check.finish()
                if !lastBytes.isEmpty, lastBytes != [ASCII.cr, ASCII.lf] { waiting += [ASCII.cr, ASCII.lf] }
                return
            }
            try check.check(piece.span)
            lastBytes = Array((lastBytes + Array(piece[max(0, piece.count - 2)...])).suffix(2))
            if waiting.isEmpty { waiting = piece } else { waiting += piece }
        } catch {
            throw failures.unsendable(error)
        }
    }
}
