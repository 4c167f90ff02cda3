// The spool's directory: what lies where, who may come near it, and the lock that makes one daemon its
// only writer. Throws SpoolFailure.
internal import LinuxIO

/// Paths and checks of one spool directory.
struct SpoolDirectory: Sendable {
    let path: String

    var database: String { "\(path)/queue.sqlite" }
    var bodies: String { "\(path)/bodies" }
    var lock: String { "\(path)/lock" }

    /// Makes what is missing, such that a power cut does not take it again, and refuses what others could read or change.
    func prepare() throws(SpoolFailure) {
        let isNew = (try? FileMetadata(path: path)) == nil
        try spoolFiles { () throws(SystemError) in
            try Files.makeDirectory(path, mode: 0o700)
            if isNew { try Files.syncDirectory("\(path)/..") }
        }
        try check()
        try spoolFiles { () throws(SystemError) in try Files.makeDirectory(bodies, mode: 0o700) }
    }

    /// Makes the database's file, private, and its name durable.
    func makeDatabaseFile() throws(SpoolFailure) {
        try spoolFiles { () throws(SystemError) in
            do throws(SystemError) {
                _ = try File(path: database, .create(mode: 0o600))
            } catch {
                guard error.isExisting else { throw error }
                return
            }
            try Files.syncDirectory(path)
        }
    }

    private func check() throws(SpoolFailure) {
        let metadata = try spoolFiles { () throws(SystemError) in try FileMetadata(path: path) }
        let user = User.effectiveIDs.user
        guard metadata.isDirectory else { throw .notPermitted("\(path) is not a directory") }
        guard metadata.userID == user else {
            throw .notPermitted(
                "\(path) belongs to \(name(of: metadata.userID)) and this process runs as \(name(of: user)): "
                    + "chown -R \(name(of: user)) \(path)")
        }
        guard metadata.mode & 0o077 == 0 else {
            let mode = String(metadata.mode, radix: 8)
            throw .notPermitted("others may enter \(path) (mode \(mode)): chmod 700 \(path)")
        }
    }

    /// Takes the lock and leaves the process's id in it, for whoever wants to know.
    func takeLock(processID: Int32) throws(SpoolFailure) -> SpoolLock {
        do throws(SystemError) {
            let file = try File(path: lock, .readWrite(mode: 0o600))
            if try file.tryLock() {
                try file.replaceContent(Array("\(processID)\n".utf8))
                return SpoolLock(file)
            }
        } catch {
            throw SpoolFailure(error)
        }
        let content = (try? Files.read(lock, limit: 32)) ?? []
        let text = String(decoding: content, as: UTF8.self)
        throw .locked(directory: path, processID: Int32(text.prefix { $0 != "\n" }))
    }

    private func name(of user: UInt32) -> String { User(id: user)?.name ?? "\(user)" }
}

/// Holds the spool's lock until it goes.
final class SpoolLock: Sendable {
    private let file: File

    init(_ file: consuming File) { self.file = file }

    deinit { try? file.unlock() }
}
