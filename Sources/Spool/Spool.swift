// Where accepted messages live until they are delivered. The protocol is all that the rest of the
// daemon knows, so that a shared database can stand in for the local one.

/// A look at the queue.
public protocol SpoolReading: Sendable {
    /// The message with all its recipients, or nil where it is not (any more) in the queue.
    func message(_ id: QueueID) async throws(SpoolFailure) -> QueuedMessage?

    /// The header as it was stored, without the empty line that ends it. Throws `noSuchMessage`.
    func header(_ id: QueueID) async throws(SpoolFailure) -> [UInt8]

    /// A reader at the start of the body. Throws `noSuchMessage`, and `damaged` where the body is not whole.
    func body(_ id: QueueID) async throws(SpoolFailure) -> BodyReader

    /// Messages in the order of their arrival, from the one after `after` on; only one user's if one is named.
    func list(
        limit: Int, after: QueueID?, submittedBy userID: UInt32?
    ) async throws(SpoolFailure) -> [QueuedMessage]

    /// How many messages are in the queue, those that only wait to be looked at included.
    func count() async throws(SpoolFailure) -> Int

    /// Finishes what was handed over; every later call throws `closed`.
    func close() async
}

/// The queue: what `store` returned from is on the disk, and so is every other change once its call returns.
public protocol Spool: SpoolReading {
    /// A place for a body that is still arriving.
    func makeDraft() -> Draft

    /// Makes the message durable; the draft is used up. When this throws nothing was stored.
    func store(_ message: NewMessage, body: Draft) async throws(SpoolFailure) -> QueueID

    /// Messages whose time has come, the longest due first, but for those named and those of the accounts.
    func due(
        at now: Int64, limit: Int, excluding: Set<QueueID>, accounts: Set<String>
    ) async throws(SpoolFailure) -> [DueMessage]

    /// When the next message is due, if any waits; left out are those named and those of the accounts.
    func nextDue(excluding: Set<QueueID>, accounts: Set<String>) async throws(SpoolFailure) -> Int64?

    /// Writes down an attempt in one atomic change. Recipients that are not named keep their state; the
    /// message leaves the queue when an outcome says that the last of them is delivered. `nextAttempt` is when
    /// those still pending are tried again; with nil they wait until `makeDue`.
    @discardableResult
    func record(
        _ outcomes: [RecipientOutcome], for id: QueueID, nextAttempt: Int64?
    ) async throws(SpoolFailure) -> Remaining

    /// Sets when a message is tried next, and nothing else; with nil it waits until `makeDue`.
    func hold(_ id: QueueID, until moment: Int64?) async throws(SpoolFailure)

    /// Sets when messages with pending recipients are tried next; gives how many there were.
    @discardableResult
    func makeDue(_ selection: QueueSelection, at moment: Int64) async throws(SpoolFailure) -> Int

    /// Takes the message out of the queue; false where it was not there.
    @discardableResult
    func remove(_ id: QueueID) async throws(SpoolFailure) -> Bool
}

extension SpoolReading {
    public func list(limit: Int, after: QueueID? = nil) async throws(SpoolFailure) -> [QueuedMessage] {
        try await list(limit: limit, after: after, submittedBy: nil)
    }
}

extension Spool {
    public func nextDue() async throws(SpoolFailure) -> Int64? {
        try await nextDue(excluding: [], accounts: [])
    }
}
