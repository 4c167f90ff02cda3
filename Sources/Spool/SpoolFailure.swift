// What the spool fails with: one line that says what is wrong and what to do about it.
internal import LinuxIO

/// Why the spool could not do what it was asked.
public enum SpoolFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk or the quota is full, or the file system is read-only; the object and the reason.
    case storageExhausted(String)
    /// A file or row is not what was stored; which, and how.
    case damaged(String)
    /// Another process works on this spool.
    case locked(directory: String, processID: Int32?)
    /// Another program holds SQLite's own lock.
    case busy(String)
    /// The directory's owner or mode is wrong; what, and the command that mends it.
    case notPermitted(String)
    /// A later release wrote this spool.
    case newerFormat(found: Int, supported: Int)
    /// There is no spool in this directory.
    case missing(directory: String)
    case noSuchMessage(QueueID)
    /// `close` was called.
    case closed
    case system(String)

    public var isStorageExhausted: Bool {
        if case .storageExhausted = self { return true }
        return false
    }

    public var description: String {
        switch self {
        case .storageExhausted(let what):
            "the spool cannot be written: \(what); free space on its file system or make it writable"
        case .damaged(let what):
            "the spool is damaged: \(what); restore it from a backup or remove the message"
        case .locked(let directory, let processID?):
            "the spool \(directory) is in use by process \(processID); stop that one or configure another spool"
        case .locked(let directory, nil):
            "the spool \(directory) is in use by another process; stop that one or configure another spool"
        case .busy(let what):
            "the spool's database is locked by another program: \(what); close whatever has it open"
        case .notPermitted(let what): "the spool is not safe to use: \(what)"
        case .newerFormat(let found, let supported):
            "the spool has format \(found) and this program knows up to \(supported); use the newer release"
        case .missing(let directory):
            "there is no spool in \(directory); the daemon makes it when it starts"
        case .noSuchMessage(let id): "there is no message \(id) in the queue"
        case .closed: "the spool is closed because the daemon is stopping; try again when it runs"
        case .system(let what): "the spool failed: \(what)"
        }
    }

    init(_ error: SystemError) {
        self = error.isStorageExhausted ? .storageExhausted("\(error)") : .system("\(error)")
    }
}

/// Runs file operations with their errors as the spool's.
func spoolFiles<Value>(_ body: () throws(SystemError) -> Value) throws(SpoolFailure) -> Value {
    do throws(SystemError) { return try body() } catch { throw SpoolFailure(error) }
}
