// The real spool, or one that stores nothing and says why.
import Spool

final class FaultySpool: Spool {
    private let spool: SQLiteSpool
    private let failure: SpoolFailure?

    init(_ spool: SQLiteSpool, _ failure: SpoolFailure?) {
        self.spool = spool
        self.failure = failure
    }

    func store(_ message: NewMessage, body: Draft) async throws(SpoolFailure) -> QueueID {
        if let failure { throw failure }
        return try await spool.store(message, body: body)
    }

    func message(_ id: QueueID) async throws(SpoolFailure) -> QueuedMessage? { try await spool.message(id) }
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
    func record(
        _ outcomes: [RecipientOutcome], for id: QueueID, nextAttempt: Int64?
    ) async throws(SpoolFailure) -> Remaining {
        try await spool.record(outcomes, for: id, nextAttempt: nextAttempt)
    }
    func makeDue(_ selection: QueueSelection, at moment: Int64) async throws(SpoolFailure) -> Int {
        try await spool.makeDue(selection, at: moment)
    }
    func remove(_ id: QueueID) async throws(SpoolFailure) -> Bool { try await spool.remove(id) }
}
