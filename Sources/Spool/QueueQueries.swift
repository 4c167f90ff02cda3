// The questions to the queue, each answered from one snapshot of the database.
internal import MailCore

extension Database {
    private static let messageColumns = """
        SELECT id, arrival, reverse_local, reverse_domain, account, user_id, group_id, process_id, user_name,
            source, is_8bit, header_size, body_size, attempts, due FROM message
        """

    func message(_ id: QueueID) throws(SpoolFailure) -> QueuedMessage? {
        try first("\(Self.messageColumns) WHERE id = ?", [.id(id)], readMessage)
    }

    /// Each account is asked for by itself: the answer costs the same however long the queue of another is.
    func due(
        at now: Int64, limit: Int, excluding: Set<QueueID>, accounts: Set<String>
    ) throws(SpoolFailure) -> [DueMessage] {
        var found: [(due: Int64, message: DueMessage)] = []
        if limit <= 0 { return [] }
        try forEachAccount(but: accounts) { account throws(SpoolFailure) in
            var room = limit
            try forEachRow(
                "SELECT id, due FROM message WHERE account = ? AND due <= ? ORDER BY due, id",
                [.text(account), .integer(now)]
            ) { row in
                let id = QueueID(number: row.integer(0))
                if excluding.contains(id) { return true }
                found.append((row.integer(1), DueMessage(id: id, account: account)))
                room -= 1
                return room > 0
            }
        }
        found.sort { ($0.due, $0.message.id) < ($1.due, $1.message.id) }
        return found.prefix(limit).map(\.message)
    }

    func nextDue(excluding: Set<QueueID>, accounts: Set<String>) throws(SpoolFailure) -> Int64? {
        var next: Int64?
        try forEachAccount(but: accounts) { account throws(SpoolFailure) in
            try forEachRow(
                "SELECT id, due FROM message WHERE account = ? AND due IS NOT NULL ORDER BY due, id",
                [.text(account)]
            ) { row in
                if excluding.contains(QueueID(number: row.integer(0))) { return true }
                next = min(next ?? .max, row.integer(1))
                return false
            }
        }
        return next
    }

    /// The accounts with messages that are tried by themselves, each found by one step in the index.
    private func forEachAccount(
        but excluded: Set<String>, _ body: (String) throws(SpoolFailure) -> Void
    ) throws(SpoolFailure) {
        let sql = "SELECT min(account) FROM message WHERE due IS NOT NULL AND account > ?"
        var last = ""
        while let account = try first(sql, [.text(last)], { $0.optionalText(0) }) ?? nil {
            if !excluded.contains(account) { try body(account) }
            last = account
        }
    }

    func list(limit: Int, after: QueueID?, userID: UInt32?) throws(SpoolFailure) -> [QueuedMessage] {
        var messages: [QueuedMessage] = []
        let sql = "\(Self.messageColumns) WHERE id > ? AND (? IS NULL OR user_id = ?) ORDER BY id LIMIT ?"
        try forEachRow(
            sql,
            [
                .integer(after?.number ?? -1), .optional(userID), .optional(userID),
                .integer(Int64(max(0, limit))),
            ]
        ) { row throws(SpoolFailure) in
            messages.append(try readMessage(row))
            return true
        }
        return messages
    }

    func count() throws(SpoolFailure) -> Int {
        try first("SELECT count(*) FROM message") { row in Int(row.integer(0)) } ?? 0
    }

    func header(_ id: QueueID) throws(SpoolFailure) -> [UInt8] {
        let header = try first("SELECT header FROM content WHERE message = ?", [.id(id)]) { $0.blob(0) }
        guard let header else { throw .noSuchMessage(id) }
        return header
    }

    /// The body, or the file where it is.
    func body(_ id: QueueID) throws(SpoolFailure) -> StoredBody {
        let sql = "SELECT body_file, body_size, body FROM message JOIN content ON message = id WHERE id = ?"
        let body = try first(sql, [.id(id)]) { row throws(SpoolFailure) -> StoredBody in
            let size = Int(row.integer(1))
            if let name = row.optionalText(0) { return .file(name: name, size: size) }
            let bytes = row.blob(2)
            if bytes.count == size { return .memory(bytes) }
            throw .damaged("the body of message \(id) has \(bytes.count) bytes instead of \(size)")
        }
        guard let body else { throw .noSuchMessage(id) }
        return body
    }

    func hasMessage(withBodyFile name: String) throws(SpoolFailure) -> Bool {
        try first("SELECT 1 FROM message WHERE body_file = ?", [.text(name)]) { _ in true } ?? false
    }

    /// The recipients are read while the row is held, and so from the same snapshot.
    private func readMessage(_ row: SQLiteRow) throws(SpoolFailure) -> QueuedMessage {
        let id = QueueID(number: row.integer(0))
        let reversePath = row.optionalText(2).map { local in
            ReversePath.address(EmailAddress(localPart: local, domain: row.optionalText(3)))
        }
        return QueuedMessage(
            id: id, reversePath: reversePath ?? .null, account: row.text(4),
            submitter: Submitter(
                userID: row.optionalInteger(5).map { UInt32(clamping: $0) },
                groupID: row.optionalInteger(6).map { UInt32(clamping: $0) },
                processID: row.optionalInteger(7).map { Int32(clamping: $0) },
                userName: row.optionalText(8), source: row.text(9)),
            arrival: row.integer(1), is8Bit: row.integer(10) & ContentFlags.eightBit != 0,
            hasLongLines: row.integer(10) & ContentFlags.longLines != 0, headerSize: Int(row.integer(11)),
            bodySize: Int(row.integer(12)), attempts: Int(row.integer(13)), due: row.optionalInteger(14),
            recipients: try recipients(of: id))
    }

    private func recipients(of id: QueueID) throws(SpoolFailure) -> [QueuedRecipient] {
        var recipients: [QueuedRecipient] = []
        let sql = """
            SELECT position, local_part, domain, state, attempts, failure_permanent, failure_scope,
                failure_phase, failure_text, reply_code, reply_enhanced, reply_text
            FROM recipient WHERE message = ? ORDER BY position
            """
        try forEachRow(sql, [.id(id)]) { row throws(SpoolFailure) in
            guard let state = QueuedRecipient.State(rawValue: Int(row.integer(3))) else {
                throw .damaged("a recipient of message \(id) is in no known state")
            }
            let address = EmailAddress(localPart: row.text(1), domain: row.optionalText(2))
            recipients.append(
                QueuedRecipient(
                    index: Int(row.integer(0)), address: address, state: state,
                    attempts: Int(row.integer(4)),
                    lastFailure: try DeliveryFailure.read(row, from: 5, of: id)))
            return true
        }
        return recipients
    }
}
