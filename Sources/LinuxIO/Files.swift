// Files and directories. These calls block: on the loop only at start, else on a worker.
internal import CLinux

/// What stat(2) says of a path, symbolic links followed.
public struct FileMetadata: Hashable, Sendable {
    public let userID: UInt32
    public let groupID: UInt32
    /// The permission bits, 0 to 0o7777.
    public let mode: UInt32
    public let size: Int
    public let isRegular: Bool
    public let isDirectory: Bool
    /// Which file it is on its file system: another one may have taken its place under the same path.
    public let serial: UInt64
    /// When its content was changed last, in nanoseconds since 1970.
    public let modified: Int

    public init(path: String) throws(SystemError) {
        var status = stat()
        try checked("stat \(path)") { stat(path, &status) }
        self.init(status)
    }

    init(_ status: stat) {
        userID = status.st_uid
        groupID = status.st_gid
        mode = status.st_mode & 0o7777
        size = Int(status.st_size)
        isRegular = status.st_mode & UInt32(S_IFMT) == S_IFREG
        isDirectory = status.st_mode & UInt32(S_IFMT) == S_IFDIR
        serial = UInt64(status.st_ino)
        modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }
}

/// An open file.
public struct File: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private let path: String

    /// How to open: what must exist, and what may be made.
    public enum Access: Sendable {
        case read
        /// The file must not exist yet; what was written can be read.
        case create(mode: UInt32)
        /// Made where it is missing, else continued at its end.
        case append(mode: UInt32)
        case readWrite(mode: UInt32)
    }

    public init(path: String, _ access: Access) throws(SystemError) {
        let (flags, mode): (Int32, UInt32) =
            switch access {
            case .read: (O_RDONLY, 0)
            case .create(let mode): (O_RDWR | O_CREAT | O_EXCL, mode)
            case .append(let mode): (O_WRONLY | O_CREAT | O_APPEND, mode)
            case .readWrite(let mode): (O_RDWR | O_CREAT, mode)
            }
        self.path = path
        descriptor = Descriptor(
            adopting: try checked("open \(path)") { linux_open(path, flags | O_CLOEXEC, mode) })
    }

    /// Writes all of it at the current position.
    public func write(_ bytes: some Collection<UInt8>) throws(SystemError) {
        let bytes = ContiguousArray(bytes)
        var written = 0
        while written < bytes.count {
            written += try checked("write \(path)") {
                bytes.withUnsafeBytes { all in
                    let rest = UnsafeRawBufferPointer(rebasing: all[written...])
                    return CLinux.write(descriptor.number, rest.baseAddress, rest.count)
                }
            }
        }
    }

    /// Writes all of it without making a copy, for keys.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(written...)
            written += try checked("write \(path)") {
                rest.withUnsafeBytes { CLinux.write(descriptor.number, $0.baseAddress, $0.count) }
            }
        }
    }

    /// Bytes from an offset on, fewer than asked for only at the end of the file.
    public func read(at offset: Int, upTo most: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            do throws(SystemError) {
                while count < most {
                    let rest = UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                    let got = try checked("read \(path)") {
                        pread(descriptor.number, rest.baseAddress, rest.count, offset + count)
                    }
                    if got == 0 { break }
                    count += got
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Returns when the data and what is needed to find it are on the disk (fdatasync).
    public func sync() throws(SystemError) {
        try checked("fdatasync \(path)") { fdatasync(descriptor.number) }
    }

    public func metadata() throws(SystemError) -> FileMetadata {
        var status = stat()
        try checked("fstat \(path)") { fstat(descriptor.number, &status) }
        return FileMetadata(status)
    }

    /// Takes the file's lock for as long as it is open; false where another process holds it.
    public func tryLock() throws(SystemError) -> Bool {
        do throws(SystemError) {
            try checked("flock \(path)") { flock(descriptor.number, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error.number == EWOULDBLOCK { return false }
            throw error
        }
    }

    /// Lets go of the lock at once. Closing alone does not while a child process that was just spawned still
    /// holds a copy of the descriptor.
    public func unlock() throws(SystemError) {
        try checked("flock \(path)") { flock(descriptor.number, LOCK_UN) }
    }

    /// Replaces the content, for small files such as a lock's process id.
    public func replaceContent(_ bytes: [UInt8]) throws(SystemError) {
        try checked("ftruncate \(path)") { ftruncate(descriptor.number, 0) }
        try checked("lseek \(path)") { lseek(descriptor.number, 0, SEEK_SET) }
        try write(bytes)
    }
}

/// Whole files and directories by path.
public enum Files {
    /// The file's content; throws EFBIG where it is larger than the limit.
    public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        try readWithMetadata(path, limit: limit).content
    }

    /// The content, and what fstat says of the very file that was read.
    public static func readWithMetadata(
        _ path: String, limit: Int
    ) throws(SystemError) -> (content: [UInt8], metadata: FileMetadata) {
        let file = try File(path: path, .read)
        let metadata = try file.metadata()
        var content: [UInt8] = []
        while true {
            let more = try file.read(at: content.count, upTo: min(65_536, limit + 1 - content.count))
            content += more
            if content.count > limit { throw SystemError("read \(path)", number: EFBIG) }
            if more.isEmpty { return (content, metadata) }
        }
    }

    /// Whether this process may write the file, or make files in the directory; false where there is none.
    public static func mayWrite(_ path: String) -> Bool {
        faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0
    }

    /// The path behind all symbolic links; nil where it cannot be followed.
    public static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    public static func setMode(_ path: String, _ mode: UInt32) throws(SystemError) {
        try checked("chmod \(path)") { chmod(path, mode) }
    }

    /// Makes a directory and those above it; one that is there already is left as it is.
    public static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) {
        if let metadata = try? FileMetadata(path: path), metadata.isDirectory { return }
        if let parent = parent(of: path), parent != path { try makeDirectory(parent, mode: mode) }
        do throws(SystemError) {
            try checked("mkdir \(path)") { mkdir(path, mode) }
        } catch {
            guard error.isExisting, (try? FileMetadata(path: path))?.isDirectory == true else { throw error }
        }
    }

    /// The names in a directory but `.` and `..`, in no order.
    public static func names(in path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else { throw .current("opendir \(path)") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    public static func remove(_ path: String) throws(SystemError) {
        try checked("unlink \(path)") { unlink(path) }
    }

    /// Renames within a file system, replacing the target.
    public static func rename(_ old: String, to new: String) throws(SystemError) {
        try checked("rename \(old) to \(new)") { CLinux.rename(old, new) }
    }

    /// Puts new content into a file's place, the old or the new being there at any moment, even after a power cut.
    /// The new file is this process's own, for nobody else to read. Symbolic links are followed.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
        let target = resolved(path) ?? path
        let temporary = "\(target).new-\(Host.processID)"
        do throws(SystemError) {
            let file = try File(path: temporary, .create(mode: 0o600))
            try file.write(bytes)
            try file.sync()
            try rename(temporary, to: target)
        } catch {
            if !error.isExisting { try? remove(temporary) }
            throw error
        }
        if let folder = parent(of: target) { try syncDirectory(folder) }
    }

    /// Makes the names in a directory durable: without it a new file's name can be lost in a power cut.
    public static func syncDirectory(_ path: String) throws(SystemError) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let directory = Descriptor(adopting: try checked("open \(path)") { linux_open(path, flags, 0) })
        try checked("fsync \(path)") { fsync(directory.number) }
    }

    /// The path of the folder that a path is in; nil for a bare name.
    public static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
