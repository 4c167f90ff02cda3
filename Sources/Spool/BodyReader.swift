// A body on its way out of the spool, in pieces. Throws `damaged` where the file is not what was stored.
internal import Synchronization

/// Reads a body from its start to its end, one call at a time.
public final class BodyReader: Sendable {
    enum Source: Sendable {
        case memory([UInt8])
        case file(BodyFile, in: BodyDirectory)
    }

    private static let chunkSize = 131_072

    /// The body's length in bytes.
    public let size: Int
    private let source: Source
    private let offset = Atomic(0)

    init(_ source: Source, size: Int) {
        self.source = source
        self.size = size
    }

    /// Begins again at the start.
    public func rewind() { offset.store(0, ordering: .relaxed) }

    /// The next bytes, or nil after the last.
    public func next() async throws(SpoolFailure) -> [UInt8]? {
        let start = offset.load(ordering: .relaxed)
        guard start < size else { return nil }
        switch source {
        case .memory(let bytes):
            offset.store(size, ordering: .relaxed)
            return bytes
        case .file(let file, let directory):
            let chunk = try await directory.read(file, at: start, count: min(Self.chunkSize, size - start))
            offset.store(start + chunk.count, ordering: .relaxed)
            return chunk
        }
    }
}
