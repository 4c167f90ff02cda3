// The reading half of the spool, which also serves programs that only look.
internal import LinuxIO
internal import Synchronization

/// A spool opened for reading; it takes no lock and changes nothing.
public final class SQLiteSpoolView: SpoolReading {
    let reader: QueueReader
    let bodies: BodyDirectory
    private let isClosed = Atomic(false)

    init(_ directory: SpoolDirectory) throws(SpoolFailure) {
        let database = try Database(path: directory.database, .readOnly)
        try database.execute(Schema.readerSettings)
        guard try Schema.version(of: database) == Schema.version else {
            throw .missing(directory: directory.path)
        }
        let workers = try spoolFiles { () throws(SystemError) in
            try WorkerPool(threads: 2, named: "spool-files")
        }
        bodies = BodyDirectory(path: directory.bodies, workers: workers)
        reader = try QueueReader(database)
    }

    public func message(_ id: QueueID) async throws(SpoolFailure) -> QueuedMessage? {
        try await reader.perform { database throws(SpoolFailure) in try database.message(id) }
    }

    public func header(_ id: QueueID) async throws(SpoolFailure) -> [UInt8] {
        try await reader.perform { database throws(SpoolFailure) in try database.header(id) }
    }

    public func body(_ id: QueueID) async throws(SpoolFailure) -> BodyReader {
        switch try await reader.perform({ database throws(SpoolFailure) in try database.body(id) }) {
        case .memory(let bytes): return BodyReader(.memory(bytes), size: bytes.count)
        case .file(let name, let size):
            let file = try await bodies.open(name, size: size)
            return BodyReader(.file(file, in: bodies), size: size)
        }
    }

    public func list(
        limit: Int, after: QueueID?, submittedBy userID: UInt32?
    ) async throws(SpoolFailure) -> [QueuedMessage] {
        try await reader.perform { database throws(SpoolFailure) in
            try database.list(limit: limit, after: after, userID: userID)
        }
    }

    public func count() async throws(SpoolFailure) -> Int {
        try await reader.perform { database throws(SpoolFailure) in try database.count() }
    }

    public func close() async {
        if isClosed.exchange(true, ordering: .relaxed) { return }
        await bodies.workers.run { [reader] in reader.finish() }
        bodies.workers.shutDown()
    }
}
