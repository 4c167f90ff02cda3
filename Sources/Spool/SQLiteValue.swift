// What goes into a statement and comes out of a row. Message content is a blob, never text.
internal import CSQLite

/// A value to be bound; SQLite copies it.
enum SQLiteValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    static func id(_ id: QueueID) -> Self { .integer(id.number) }
    static func optional(_ number: (some BinaryInteger)?) -> Self {
        number.map { .integer(Int64($0)) } ?? .null
    }
    static func optional(_ text: String?) -> Self { text.map(Self.text) ?? .null }

    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch self {
        case .null:
            return sqlite3_bind_null(statement, index)
        case .integer(let number):
            return sqlite3_bind_int64(statement, index, number)
        case .text(var text):
            return text.withUTF8 { utf8 in
                sqlite_bind_text_copy(statement, index, utf8.baseAddress, UInt64(utf8.count))
            }
        case .blob(let bytes):
            return bytes.withUnsafeBytes { bytes in
                sqlite_bind_blob_copy(statement, index, bytes.baseAddress, UInt64(bytes.count))
            }
        }
    }
}

/// The row a statement stands on, valid until its next step.
struct SQLiteRow {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) { self.statement = statement }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func blob(_ column: Int32) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(statement, column) else { return [] }
        return Array(
            UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, column))))
    }
}
