// A recipient's last failure as columns of its row, and back.
internal import MailCore

extension DeliveryFailure {
    /// failure_permanent, failure_scope, failure_phase, failure_text, reply_code, reply_enhanced, reply_text.
    var columns: [SQLiteValue] {
        [
            .integer(disposition == .permanent ? 1 : 0), .integer(Self.number(of: scope)),
            .text(phase.rawValue), .text(text), .optional(reply?.code),
            .optional(reply?.enhanced?.description), .optional(reply?.text),
        ]
    }

    static let noColumns = [SQLiteValue](repeating: .null, count: 7)

    /// Nil where there was no failure. Throws `damaged` where the columns say nothing that we wrote.
    static func read(_ row: SQLiteRow, from column: Int32, of id: QueueID) throws(SpoolFailure) -> Self? {
        if row.isNull(column) { return nil }
        guard let scope = scope(of: row.integer(column + 1)),
            let phase = Phase(rawValue: row.text(column + 2))
        else { throw .damaged("a recipient's last failure in message \(id) is unreadable") }
        let reply = row.optionalInteger(column + 4).map { code in
            Reply(
                code: Int(code), enhanced: enhanced(row.text(column + 5)), text: row.text(column + 6))
        }
        return DeliveryFailure(
            row.integer(column) == 1 ? .permanent : .transient, scope, phase, reply: reply,
            row.text(column + 3))
    }

    private static func number(of scope: Scope) -> Int64 {
        switch scope {
        case .relay: 0
        case .message: 1
        case .recipient: 2
        }
    }

    private static func scope(of number: Int64) -> Scope? {
        switch number {
        case 0: .relay
        case 1: .message
        case 2: .recipient
        default: nil
        }
    }

    private static func enhanced(_ text: String) -> EnhancedStatusCode? {
        let parts = text.split(separator: ".").compactMap { Int($0) }
        return parts.count == 3 ? EnhancedStatusCode(parts[0], parts[1], parts[2]) : nil
    }
}
