// The spool on this machine: SQLite holds the queue, files hold large bodies. Everything that blocks runs
// on the spool's own threads, so that its callers may be tasks of the event loop.
internal import LinuxIO
internal import Synchronization

/// The queue in a directory of its own. One process at a time; call `close` to let go of it.
public final class SQLiteSpool: Spool {
    private let writer: QueueWriter
    private let view: SQLiteSpoolView
    private let bodies: BodyDirectory
    private let lock: Mutex<SpoolLock?>
    private let isClosed = Atomic(false)
    private let random: @Sendable () -> UInt32

    /// How many body files without a row an interrupted process had left behind.
    public let removedOrphans: Int

    /// Opens the spool and makes it where it is missing. Blocks: recovering the log after a crash takes as
    /// long as a few megabytes take to be read.
    public static func open(directory path: String) throws(SpoolFailure) -> SQLiteSpool {
        try SQLiteSpool(
            directory: SpoolDirectory(path: path), processID: Host.processID,
            random: { UInt32.random(in: 0 ... .max) })
    }

    /// A look at a spool, whether or not a daemon works on it.
    public static func openForReading(directory path: String) throws(SpoolFailure) -> SQLiteSpoolView {
        let directory = SpoolDirectory(path: path)
        do throws(SystemError) {
            _ = try FileMetadata(path: directory.database)
        } catch {
            throw error.isNotFound ? .missing(directory: path) : SpoolFailure(error)
        }
        return try SQLiteSpoolView(directory)
    }

    init(
        directory: SpoolDirectory, processID: Int32, random: @escaping @Sendable () -> UInt32
    ) throws(SpoolFailure) {
        try directory.prepare()
        lock = Mutex(try directory.takeLock(processID: processID))
        try directory.makeDatabaseFile()
        let database = try Database(path: directory.database, .readWrite)
        try Schema.prepare(database)
        removedOrphans = try Self.removeOrphans(directory.bodies, database)
        view = try SQLiteSpoolView(directory)
        bodies = view.bodies
        writer = try QueueWriter(database)
        self.random = random
    }

    /// A file without a row is a draft that was never accepted, or a body whose message has left. What is no
    /// file was not put there by the spool and stays.
    private static func removeOrphans(_ path: String, _ database: Database) throws(SpoolFailure) -> Int {
        var removed = 0
        for name in try spoolFiles({ () throws(SystemError) in try Files.names(in: path) }) {
            guard let metadata = try? FileMetadata(path: "\(path)/\(name)"), metadata.isRegular,
                try !database.hasMessage(withBodyFile: name)
            else { continue }
            try spoolFiles { () throws(SystemError) in try Files.remove("\(path)/\(name)") }
            removed += 1
        }
        return removed
    }

    // MARK: Storing

    public func makeDraft() -> Draft { Draft(in: bodies) }

    public func store(_ message: NewMessage, body draft: Draft) async throws(SpoolFailure) -> QueueID {
        do throws(SpoolFailure) {
            let body = try await draft.finish()
            let id = try await writer.perform { [random] database throws(SpoolFailure) in
                try database.insert(message, body: body, random: random)
            }
            draft.release()
            return id
        } catch {
            await draft.discard()
            throw error
        }
    }

    // MARK: Attempts

    public func due(
        at now: Int64, limit: Int, excluding: Set<QueueID>, accounts: Set<String>
    ) async throws(SpoolFailure) -> [DueMessage] {
        try await view.reader.perform { database throws(SpoolFailure) in
            try database.due(at: now, limit: limit, excluding: excluding, accounts: accounts)
        }
    }

    public func nextDue(
        excluding: Set<QueueID>, accounts: Set<String>
    ) async throws(SpoolFailure) -> Int64? {
        try await view.reader.perform { database throws(SpoolFailure) in
            try database.nextDue(excluding: excluding, accounts: accounts)
        }
    }

    public func hold(_ id: QueueID, until moment: Int64?) async throws(SpoolFailure) {
        try await writer.perform { database throws(SpoolFailure) in try database.hold(id, until: moment) }
    }

    @discardableResult
    public func record(
        _ outcomes: [RecipientOutcome], for id: QueueID, nextAttempt: Int64?
    ) async throws(SpoolFailure) -> Remaining {
        let (remaining, removal) = try await writer.perform { database throws(SpoolFailure) in
            try database.record(outcomes, for: id, nextAttempt: nextAttempt)
        }
        await finish(removal)
        return remaining
    }

    // MARK: Administration

    @discardableResult
    public func makeDue(_ selection: QueueSelection, at moment: Int64) async throws(SpoolFailure) -> Int {
        try await writer.perform { database throws(SpoolFailure) in
            try database.makeDue(selection, at: moment)
        }
    }

    @discardableResult
    public func remove(_ id: QueueID) async throws(SpoolFailure) -> Bool {
        let removal = try await writer.perform { database throws(SpoolFailure) in
            try database.removeMessage(id)
        }
        await finish(removal)
        return removal != nil
    }

    /// The row is gone for good; only now may the file go.
    private func finish(_ removal: Removal?) async {
        if let name = removal?.bodyFile { await bodies.remove(name) }
    }

    public func close() async {
        if isClosed.exchange(true, ordering: .relaxed) { return }
        await bodies.workers.run { [writer] in writer.finish() }
        await view.close()
        writer.closeDatabase()
        lock.withLock { $0 = nil }
    }

    // MARK: Reading

    public func message(_ id: QueueID) async throws(SpoolFailure) -> QueuedMessage? {
        try await view.message(id)
    }

    public func header(_ id: QueueID) async throws(SpoolFailure) -> [UInt8] { try await view.header(id) }

    public func body(_ id: QueueID) async throws(SpoolFailure) -> BodyReader { try await view.body(id) }

    public func list(
        limit: Int, after: QueueID?, submittedBy userID: UInt32?
    ) async throws(SpoolFailure) -> [QueuedMessage] {
        try await view.list(limit: limit, after: after, submittedBy: userID)
    }

    public func count() async throws(SpoolFailure) -> Int { try await view.count() }
}

extension SQLiteSpool {
    /// How many transactions were committed.
    var commits: Int { writer.commits }

    /// Runs a statement of a test's on the writing connection.
    func perform<Value: Sendable>(
        _ change: @escaping @Sendable (Database) throws(SpoolFailure) -> Value
    ) async throws(SpoolFailure) -> Value {
        try await writer.perform(change)
    }
}
