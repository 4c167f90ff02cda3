// A body on its way into the spool: in memory while it is small, else a file that grows as it arrives.
// Throws SpoolFailure; after a failure it can only be discarded.
internal import LinuxIO
internal import Synchronization

/// Takes a prepared body piece by piece, one call at a time; `Spool.store` or `discard` ends it.
public final class Draft: Sendable {
    private struct State {
        var size = 0
        var buffer: [UInt8] = []
        var file: BodyFile?
        var failure: SpoolFailure?
    }

    /// A body up to this size is part of its row and costs no file.
    static let memoryLimit = 262_144

    private static let ended = SpoolFailure.system("this draft was already stored or discarded")

    private let state = Mutex(State())
    private let bodies: BodyDirectory

    init(in bodies: BodyDirectory) { self.bodies = bodies }

    /// A draft that nobody ended leaves no file behind.
    deinit { state.withLock { state in removeFile(of: &state) } }

    /// How many bytes it has taken.
    public var size: Int { state.withLock(\.size) }

    /// How much of it is in memory.
    var buffered: Int { state.withLock(\.buffer.count) }

    public func append(_ bytes: [UInt8]) async throws(SpoolFailure) {
        let full = state.withLock { state -> [UInt8] in
            state.size += bytes.count
            state.buffer += bytes
            return state.buffer.count > Self.memoryLimit ? exchange(&state.buffer, with: []) : []
        }
        if !full.isEmpty { try await write(full) }
    }

    /// Forgets the body and removes its file.
    public func discard() async {
        let file = state.withLock { state in
            state.buffer = []
            state.failure = Self.ended
            return exchange(&state.file, with: nil)
        }
        if let file { await bodies.remove(file.name) }
    }

    /// The whole body, on the disk already where it is a file; the draft still owns that file.
    func finish() async throws(SpoolFailure) -> StoredBody {
        let (failure, file, size, rest) = state.withLock { state in
            (state.failure, state.file, state.size, exchange(&state.buffer, with: []))
        }
        if let failure { throw failure }
        guard let file else { return .memory(rest) }
        if !rest.isEmpty { try await write(rest) }
        do throws(SpoolFailure) {
            try await bodies.sync(file)
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
        return .file(name: file.name, size: size)
    }

    /// The file belongs to the message's row from now on.
    func release() {
        state.withLock { state in
            state.file = nil
            state.failure = Self.ended
        }
    }

    private func write(_ bytes: [UInt8]) async throws(SpoolFailure) {
        if let failure = state.withLock(\.failure) { throw failure }
        do throws(SpoolFailure) {
            let file = try await openedFile()
            try await bodies.append(bytes, to: file)
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
    }

    private func openedFile() async throws(SpoolFailure) -> BodyFile {
        if let file = state.withLock(\.file) { return file }
        let file = try await bodies.create()
        state.withLock { $0.file = file }
        return file
    }

    private func removeFile(of state: inout State) {
        guard let file = exchange(&state.file, with: nil) else { return }
        try? Files.remove(bodies.path(of: file.name))
    }
}

/// A body that is ready for its row.
enum StoredBody: Sendable {
    case memory([UInt8])
    case file(name: String, size: Int)

    var size: Int {
        switch self {
        case .memory(let bytes): bytes.count
        case .file(_, let size): size
        }
    }
}

private func exchange<Value>(_ value: inout Value, with new: Value) -> Value {
    let old = value
    value = new
    return old
}
