// SQLite as far as the queue needs it: one connection, its prepared statements, and every result code
// looked at. Throws SpoolFailure.
internal import CSQLite
internal import LinuxIO

/// A connection.
///
/// `@unchecked Sendable`: made by one thread, then handed to another and used by that one only.
final class Database: @unchecked Sendable {
    enum Access { case readWrite, readOnly }

    private let path: String
    private var handle: OpaquePointer?
    /// By their text; finalized by `close`.
    private var statements: [String: OpaquePointer] = [:]

    init(path: String, _ access: Access) throws(SpoolFailure) {
        self.path = path
        let mode = access == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK else { throw failure(code, "open") }
        // Only a reader from outside, such as one that recovers the log after a crash, makes us wait.
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit { close() }

    func close() {
        for statement in statements.values { sqlite3_finalize(statement) }
        statements = [:]
        sqlite3_close(handle)
        handle = nil
    }

    /// Statements without values or rows.
    func execute(_ sql: String) throws(SpoolFailure) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, sql) }
    }

    /// Runs a statement for its effect and gives the number of rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: [SQLiteValue] = []) throws(SpoolFailure) -> Int {
        try forEachRow(sql, values) { _ in false }
        return Int(sqlite3_changes(handle))
    }

    /// Hands the rows over one after the other until there are no more or the closure says false.
    func forEachRow(
        _ sql: String, _ values: [SQLiteValue] = [], _ body: (SQLiteRow) throws(SpoolFailure) -> Bool
    ) throws(SpoolFailure) {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            let code = value.bind(to: statement, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw failure(code, sql) }
        }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: if try !body(SQLiteRow(statement)) { return }
            case SQLITE_DONE: return
            case let code: throw failure(code, sql)
            }
        }
    }

    /// The first row's value, or nil where there is no row.
    func first<Value>(
        _ sql: String, _ values: [SQLiteValue] = [], _ map: (SQLiteRow) throws(SpoolFailure) -> Value
    ) throws(SpoolFailure) -> Value? {
        var found: Value?
        try forEachRow(sql, values) { row throws(SpoolFailure) in
            found = try map(row)
            return false
        }
        return found
    }

    /// Whether a transaction is open. An error such as a full disk can end it: "The only way to find out
    /// whether SQLite automatically rolled back the transaction after an error is to use this function"
    /// (sqlite3_get_autocommit).
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    private func prepared(_ sql: String) throws(SpoolFailure) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let code = sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code, sql) }
        statements[sql] = statement
        return statement
    }

    private func failure(_ code: Int32, _ operation: String) -> SpoolFailure {
        let words =
            handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        let reason = "\(path): \(words)"
        if isStorageExhausted(code) { return .storageExhausted(reason) }
        return switch code & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged(reason)
        case SQLITE_BUSY, SQLITE_LOCKED: .busy(reason)
        default: .system("\(reason) (SQLite result \(code), \(operation.prefix(40)))")
        }
    }

    private func isStorageExhausted(_ code: Int32) -> Bool {
        switch code & 0xFF {
        case SQLITE_FULL, SQLITE_READONLY: true
        case SQLITE_IOERR, SQLITE_CANTOPEN:
            SpoolFailure(SystemError(path, number: sqlite3_system_errno(handle))).isStorageExhausted
        default: false
        }
    }
}
