// The real spool with faults put in: writing down outcomes can fail, or wait.
import LinuxIO
import Spool
import Synchronization

final class FaultySpool: Spool {
    private let spool: SQLiteSpool
    private let failures = Mutex(0)
    private let damaged = Mutex<Set<QueueID>>([])
    private let keeps = Mutex(false)
    private let count = Mutex(0)

    init(_ spool: SQLiteSpool) { self.spool = spool }

    /// How often the next calls of `record` fail.
    var recordFailures: Int {
        get { failures.withLock { $0 } }
        set { failures.withLock { $0 = newValue } }
    }

    /// The messages that cannot be read.
    var damagedMessages: Set<QueueID> {
        get { damaged.withLock { $0 } }
        set { damaged.withLock { $0 = newValue } }
    }

    /// Whether `remove` fails.
    var removalFails: Bool {
        get { keeps.withLock { $0 } }
        set { keeps.withLock { $0 = newValue } }
    }

    /// How often outcomes were written down.
    var records: Int { count.withLock { $0 } }

    func record(
        _ outcomes: [RecipientOutcome], for id: QueueID, nextAttempt: Int64?
    ) async throws(SpoolFailure) -> Remaining {
        let fails = failures.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw .storageExhausted("No space left on device") }
        let remaining = try await spool.record(outcomes, for: id, nextAttempt: nextAttempt)
        count.withLock { $0 += 1 }
        return remaining
    }

    func message(_ id: QueueID) async throws(SpoolFailure) -> QueuedMessage? {
        if damagedMessages.contains(id) { throw .damaged("message \(id)") }
        return try await spool.message(id)
    }
    func header(_ id: QueueID) async throws(SpoolFailure) -> [UInt8] { try await spool.header(id) }
    func body(_ id: QueueID) async throws(SpoolFailure) -> BodyReader { try await spool.body(id) }
    func list(
        limit: Int, after: QueueID?, submittedBy userID: UInt32?
    ) async throws(SpoolFailure) -> [QueuedMessage] {
        try await spool.list(limit: limit, after: after, submittedBy: userID)
    }
    func count() async throws(SpoolFailure) -> Int { try await spool.count() }
    func close() async { await spool.close() }
    func makeDraft() -> Draft { spool.makeDraft() }
    func store(_ message: NewMessage, body: Draft) async throws(SpoolFailure) -> QueueID {
        try await spool.store(message, body: body)
    }
    func due(
        at now: Int64, limit: Int, excluding: Set<QueueID>, accounts: Set<String>
    ) async throws(SpoolFailure) -> [DueMessage] {
        try await spool.due(at: now, limit: limit, excluding: excluding, accounts: accounts)
    }
    func nextDue(excluding: Set<QueueID>, accounts: Set<String>) async throws(SpoolFailure) -> Int64? {
        try await spool.nextDue(excluding: excluding, accounts: accounts)
    }
    func hold(_ id: QueueID, until moment: Int64?) async throws(SpoolFailure) {
        try await spool.hold(id, until: moment)
    }
    func makeDue(_ selection: QueueSelection, at moment: Int64) async throws(SpoolFailure) -> Int {
        try await spool.makeDue(selection, at: moment)
    }
    @discardableResult
    func remove(_ id: QueueID) async throws(SpoolFailure) -> Bool {
        if removalFails { throw .storageExhausted("No space left on device") }
        return try await spool.remove(id)
    }
}
