#include <sqlite3.h>

// SQLITE_TRANSIENT, a cast that Swift cannot import, makes SQLite copy what is bound. A null pointer
// would bind NULL, not the empty text or blob.
static inline int sqlite_bind_text_copy(sqlite3_stmt *s, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(s, index, bytes ? bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}
static inline int sqlite_bind_blob_copy(sqlite3_stmt *s, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(s, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}
