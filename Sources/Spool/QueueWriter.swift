// The one thread that changes the database. It takes whatever has gathered while it was committing and
// commits that in one transaction: many messages share one sync of the disk, and one alone waits for nobody.
internal import LinuxIO
internal import Synchronization

/// Hands changes to the writing thread and tells what became of them, after the commit.
final class QueueWriter: Sendable {
    private let database: Database
    private let pending = BlockingQueue<any PendingWrite>()
    private let thread: Thread
    private let committer: GroupCommitter

    /// More in one transaction would save nothing more and make the first of them wait.
    private static let largestGroup = 128

    init(_ database: Database) throws(SpoolFailure) {
        self.database = database
        let committer = GroupCommitter(database)
        self.committer = committer
        thread = try spoolFiles { [pending] () throws(SystemError) in
            try Thread(named: "spool-commit") {
                while let group = pending.take(upTo: Self.largestGroup) { committer.commit(group) }
            }
        }
    }

    deinit { pending.close() }

    /// How many transactions were committed.
    var commits: Int { committer.commits.load(ordering: .relaxed) }

    /// Runs a change, perhaps more than once, and returns when it is on the disk. Where it throws, nothing
    /// of it was kept.
    func perform<Value: Sendable>(
        _ change: @escaping @Sendable (Database) throws(SpoolFailure) -> Value
    ) async throws(SpoolFailure) -> Value {
        let result: Result<Value, SpoolFailure> = await withUnsafeContinuation { continuation in
            let write = Write(change, continuation)
            if !pending.add(write) { write.settle(.closed) }
        }
        return try result.get()
    }

    /// Commits what was handed over and ends the thread. Blocks.
    func finish() {
        pending.close()
        thread.join()
    }

    /// After `finish`, and after every reader: the last connection carries the log over and removes it.
    func closeDatabase() { database.close() }
}

/// A change that waits for its commit.
protocol PendingWrite: Sendable {
    /// Runs the change and keeps its result; gives its failure.
    func perform(on database: Database) -> SpoolFailure?
    /// Wakes the waiting task with the failure, or with the kept result.
    func settle(_ failure: SpoolFailure?)
}

/// `@unchecked Sendable`: the result is touched on the writing thread only.
private final class Write<Value: Sendable>: PendingWrite, @unchecked Sendable {
    private let change: @Sendable (Database) throws(SpoolFailure) -> Value
    private let continuation: UnsafeContinuation<Result<Value, SpoolFailure>, Never>
    private var result: Result<Value, SpoolFailure> = .failure(.closed)

    init(
        _ change: @escaping @Sendable (Database) throws(SpoolFailure) -> Value,
        _ continuation: UnsafeContinuation<Result<Value, SpoolFailure>, Never>
    ) {
        self.change = change
        self.continuation = continuation
    }

    func perform(on database: Database) -> SpoolFailure? {
        do throws(SpoolFailure) {
            result = .success(try change(database))
            return nil
        } catch {
            result = .failure(error)
            return error
        }
    }

    func settle(_ failure: SpoolFailure?) {
        continuation.resume(returning: failure.map { .failure($0) } ?? result)
    }
}

/// Commits groups of changes such that one that fails harms none of the others.
private final class GroupCommitter: Sendable {
    private let database: Database
    let commits = Atomic(0)

    init(_ database: Database) { self.database = database }

    func commit(_ group: [any PendingWrite]) {
        do throws(SpoolFailure) {
            try transact(group)
            for write in group { write.settle(nil) }
        } catch {
            guard group.count > 1 else { return group[0].settle(error) }
            // Nothing of the group was kept, and it does not show which of them was too much.
            for write in group { commit([write]) }
        }
    }

    /// Throws where nothing was kept: the transaction could not begin, commit, or go on after a failure.
    private func transact(_ group: [any PendingWrite]) throws(SpoolFailure) {
        try database.execute("BEGIN IMMEDIATE")
        do throws(SpoolFailure) {
            for write in group { try performSeparately(write) }
            try database.execute("COMMIT")
        } catch {
            if database.isInTransaction { try? database.execute("ROLLBACK") }
            throw error
        }
        commits.add(1, ordering: .relaxed)
    }

    private func performSeparately(_ write: any PendingWrite) throws(SpoolFailure) {
        try database.run("SAVEPOINT change")
        if let failure = write.perform(on: database) {
            // A full disk ends the whole transaction by itself.
            guard database.isInTransaction else { throw failure }
            try database.run("ROLLBACK TO change")
        }
        try database.run("RELEASE change")
    }
}
