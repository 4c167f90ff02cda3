// Who works on a spool, for programs that only ask.
internal import LinuxIO

/// Whether a process works on a spool.
public enum SpoolUse: Equatable, Sendable {
    case free
    /// Its id, where it left one.
    case inUse(processID: Int32?)

    /// Looks at the lock of the spool in a directory. To see whether it is held it is taken for a moment, so
    /// ask only where no daemon answers. A directory without a lock is free.
    public init(ofDirectory path: String) throws(SpoolFailure) {
        let lock = SpoolDirectory(path: path).lock
        do throws(SystemError) {
            let file = try File(path: lock, .read)
            if try file.tryLock() {
                self = .free
            } else {
                let text = String(decoding: try file.read(at: 0, upTo: 32), as: UTF8.self)
                self = .inUse(processID: Int32(text.prefix { $0 != "\n" }))
            }
        } catch {
            guard error.isNotFound else { throw SpoolFailure(error) }
            self = .free
        }
    }
}
