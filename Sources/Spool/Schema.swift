// The database's format. Each entry of `migrations` leads from its index to the next version, and
// PRAGMA user_version says where a file stands: older ones are brought up, newer ones are refused.

enum Schema {
    /// The version this program writes.
    static var version: Int { migrations.count }

    /// Settings of the connection that writes.
    ///
    /// FULL is what makes a commit durable: "With synchronous=FULL in WAL mode, an additional sync operation
    /// of the WAL file happens after each transaction commit" (PRAGMA synchronous). The log is carried over
    /// into the database by the commit that brings it to 1000 pages, and a log that one burst has made large
    /// is cut back to 16 MB (PRAGMA wal_autocheckpoint, journal_size_limit). Some builds overwrite whatever is
    /// deleted, which for a delivered message means to write its pages once more; FAST does so only where it
    /// costs no such writes (PRAGMA secure_delete).
    private static let writerSettings = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 1000;
        PRAGMA journal_size_limit = 16777216;
        PRAGMA foreign_keys = ON;
        PRAGMA trusted_schema = OFF;
        PRAGMA secure_delete = FAST;
        """

    static let readerSettings = """
        PRAGMA query_only = ON;
        PRAGMA trusted_schema = OFF;
        """

    /// Makes a connection fit for writing, and the database if it is new or old.
    static func prepare(_ database: Database) throws(SpoolFailure) {
        _ = try version(of: database)
        try database.execute(writerSettings)
        let mode = try database.first("PRAGMA journal_mode") { $0.text(0) }
        guard mode == "wal" else {
            throw .system("its file system has no shared memory for SQLite's log; use a local file system")
        }
        try migrate(database)
    }

    static func version(of database: Database) throws(SpoolFailure) -> Int {
        let found = try database.first("PRAGMA user_version") { row in Int(row.integer(0)) } ?? 0
        guard found <= version else { throw .newerFormat(found: found, supported: version) }
        return found
    }

    /// Brings an older or new database to this version, in one transaction.
    private static func migrate(_ database: Database) throws(SpoolFailure) {
        let found = try version(of: database)
        if found == version { return }
        try database.execute("BEGIN IMMEDIATE")
        for migration in migrations[found...] { try database.execute(migration) }
        try database.execute("PRAGMA user_version = \(version)")
        try database.execute("COMMIT")
    }

    /// Content stands apart from the rows that are listed and searched. Moments are milliseconds since 1970;
    /// a null reverse_local is the null reverse-path; a null body is the file body_file.
    private static let migrations = [
        """
        CREATE TABLE message (
            id INTEGER PRIMARY KEY,
            arrival INTEGER NOT NULL,
            reverse_local TEXT,
            reverse_domain TEXT,
            account TEXT NOT NULL,
            user_id INTEGER,
            group_id INTEGER,
            process_id INTEGER,
            user_name TEXT,
            source TEXT NOT NULL,
            is_8bit INTEGER NOT NULL,
            header_size INTEGER NOT NULL,
            body_size INTEGER NOT NULL,
            body_file TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            due INTEGER
        ) STRICT;
        CREATE INDEX message_due ON message (due, id) WHERE due IS NOT NULL;
        CREATE UNIQUE INDEX message_body_file ON message (body_file) WHERE body_file IS NOT NULL;

        CREATE TABLE content (
            message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
            header BLOB NOT NULL,
            body BLOB
        ) STRICT;

        CREATE TABLE recipient (
            message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
            position INTEGER NOT NULL,
            local_part TEXT NOT NULL,
            domain TEXT,
            state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
            attempts INTEGER NOT NULL DEFAULT 0,
            failure_permanent INTEGER,
            failure_scope INTEGER,
            failure_phase TEXT,
            failure_text TEXT,
            reply_code INTEGER,
            reply_enhanced TEXT,
            reply_text TEXT,
            PRIMARY KEY (message, position)
        ) STRICT, WITHOUT ROWID;
        """,
        // What is due is asked for account by account, and the index alone answers.
        """
        DROP INDEX message_due;
        CREATE INDEX message_due ON message (account, due, id) WHERE due IS NOT NULL;
        """,
    ]
}
