// The changes to the queue, each run by the writer inside a savepoint.
internal import MailCore

/// What a change that took a message out leaves to be removed.
struct Removal: Sendable {
    let bodyFile: String?
}

extension Database {
    /// Stores under the first id that is free.
    func insert(
        _ message: NewMessage, body: StoredBody, random: () -> UInt32
    ) throws(SpoolFailure) -> QueueID {
        // 18 random bits for each millisecond: a second try is rare, a hundredth is a broken generator.
        for _ in 0..<100 {
            let id = QueueID(arrival: message.arrival, random: random())
            guard try insertRow(id, message, body) else { continue }
            try insertContent(id, header: message.header, body)
            try insertRecipients(message.envelope.recipients, of: id)
            return id
        }
        throw .system("no free queue id at \(message.arrival) ms")
    }

    /// False where the id is taken.
    private func insertRow(
        _ id: QueueID, _ message: NewMessage, _ body: StoredBody
    ) throws(SpoolFailure) -> Bool {
        let submitter = message.submitter
        var reversePath: EmailAddress?
        if case .address(let address) = message.envelope.reversePath { reversePath = address }
        var bodyFile: String?
        if case .file(let name, _) = body { bodyFile = name }
        let inserted = try run(
            """
            INSERT INTO message (id, arrival, reverse_local, reverse_domain, account, user_id, group_id,
                process_id, user_name, source, is_8bit, header_size, body_size, body_file, due)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """,
            [
                .id(id), .integer(message.arrival), .optional(reversePath?.localPart),
                .optional(reversePath?.domain), .text(message.account), .optional(submitter.userID),
                .optional(submitter.groupID), .optional(submitter.processID), .optional(submitter.userName),
                .text(submitter.source), .integer(ContentFlags.encode(message)),
                .integer(Int64(message.header.count)), .integer(Int64(body.size)), .optional(bodyFile),
                .optional(message.due),
            ])
        return inserted == 1
    }

    private func insertContent(
        _ id: QueueID, header: [UInt8], _ body: StoredBody
    ) throws(SpoolFailure) {
        var content = SQLiteValue.null
        if case .memory(let bytes) = body { content = .blob(bytes) }
        try run(
            "INSERT INTO content (message, header, body) VALUES (?, ?, ?)", [.id(id), .blob(header), content])
    }

    private func insertRecipients(_ recipients: [EmailAddress], of id: QueueID) throws(SpoolFailure) {
        for (position, address) in recipients.enumerated() {
            try run(
                "INSERT INTO recipient (message, position, local_part, domain) VALUES (?, ?, ?, ?)",
                [
                    .id(id), .integer(Int64(position)), .text(address.localPart), .optional(address.domain),
                ])
        }
    }

    /// Writes an attempt down; also tells what to remove where the message has left the queue. Without
    /// outcomes it never leaves: that nothing is pending then is damage and no delivery.
    func record(
        _ outcomes: [RecipientOutcome], for id: QueueID, nextAttempt: Int64?
    ) throws(SpoolFailure) -> (Remaining, Removal?) {
        for outcome in outcomes { try record(outcome, for: id) }
        let remaining = try remaining(of: id)
        if remaining.isEmpty, !outcomes.isEmpty { return (remaining, try removeMessage(id)) }
        try run(
            "UPDATE message SET attempts = attempts + 1, due = ? WHERE id = ?",
            [.optional(remaining.pending > 0 ? nextAttempt : nil), .id(id)])
        return (remaining, nil)
    }

    /// Only a pending recipient changes its state: delivered is for ever.
    private func record(_ outcome: RecipientOutcome, for id: QueueID) throws(SpoolFailure) {
        let (state, columns): (QueuedRecipient.State, [SQLiteValue]) =
            switch outcome.result {
            case .delivered: (.delivered, DeliveryFailure.noColumns)
            case .deferred(let failure): (.pending, failure.columns)
            case .failed(let failure): (.failed, failure.columns)
            }
        try run(
            """
            UPDATE recipient SET state = ?, attempts = attempts + 1, failure_permanent = ?, failure_scope = ?,
                failure_phase = ?, failure_text = ?, reply_code = ?, reply_enhanced = ?, reply_text = ?
            WHERE message = ? AND position = ? AND state = 0
            """,
            [.integer(Int64(state.rawValue))] + columns + [.id(id), .integer(Int64(outcome.recipient))])
    }

    private func remaining(of id: QueueID) throws(SpoolFailure) -> Remaining {
        let sql = "SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 2)"
        return try first("\(sql) FROM recipient WHERE message = ?", [.id(id)]) { row in
            Remaining(pending: Int(row.integer(0)), failed: Int(row.integer(1)))
        } ?? Remaining(pending: 0, failed: 0)
    }

    /// Nil where there is no such message. Content and recipients go with the row.
    func removeMessage(_ id: QueueID) throws(SpoolFailure) -> Removal? {
        var removal: Removal?
        try forEachRow("DELETE FROM message WHERE id = ? RETURNING body_file", [.id(id)]) { row in
            removal = Removal(bodyFile: row.optionalText(0))
            return true
        }
        return removal
    }

    func hold(_ id: QueueID, until moment: Int64?) throws(SpoolFailure) {
        try run("UPDATE message SET due = ? WHERE id = ?", [.optional(moment), .id(id)])
    }

    func makeDue(_ selection: QueueSelection, at moment: Int64) throws(SpoolFailure) -> Int {
        let update = """
            UPDATE message SET due = ?
            WHERE EXISTS (SELECT 1 FROM recipient WHERE recipient.message = message.id AND state = 0)
            """
        return switch selection {
        case .all: try run(update, [.integer(moment)])
        case .message(let id): try run("\(update) AND id = ?", [.integer(moment), .id(id)])
        }
    }
}
