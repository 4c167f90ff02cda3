// The files of large bodies, `bodies/` below the spool. A file is whole and synced before its row is
// committed, and its row is gone before it is removed: a file without a row is never missed.
internal import LinuxIO

/// The directory of body files and the threads that read and write them.
struct BodyDirectory: Sendable {
    let path: String
    let workers: WorkerPool

    /// Makes a file under a name that nobody uses.
    func create() async throws(SpoolFailure) -> BodyFile {
        let name = Self.newName()
        let path = path(of: name)
        return try await workers.run { () throws(SpoolFailure) in
            try spoolFiles { () throws(SystemError) in
                BodyFile(name: name, file: try File(path: path, .create(mode: 0o600)))
            }
        }
    }

    func append(_ bytes: [UInt8], to body: BodyFile) async throws(SpoolFailure) {
        try await workers.run { () throws(SpoolFailure) in
            try spoolFiles { () throws(SystemError) in try body.file.write(bytes) }
        }
    }

    /// Returns when the content and the name are on the disk.
    func sync(_ body: BodyFile) async throws(SpoolFailure) {
        try await workers.run { () throws(SpoolFailure) in
            try spoolFiles { () throws(SystemError) in
                try body.file.sync()
                try Files.syncDirectory(self.path)
            }
        }
    }

    /// Opens a body that must have that size.
    func open(_ name: String, size: Int) async throws(SpoolFailure) -> BodyFile {
        let path = path(of: name)
        return try await workers.run { () throws(SpoolFailure) in
            let (body, found): (BodyFile, Int)
            do throws(SystemError) {
                let file = try File(path: path, .read)
                found = try file.metadata().size
                body = BodyFile(name: name, file: file)
            } catch {
                throw error.isNotFound ? .damaged("\(path) is missing") : SpoolFailure(error)
            }
            guard found == size else {
                throw .damaged("\(path) has \(found) bytes instead of \(size)")
            }
            return body
        }
    }

    func read(_ body: BodyFile, at offset: Int, count: Int) async throws(SpoolFailure) -> [UInt8] {
        try await workers.run { () throws(SpoolFailure) in
            let bytes = try spoolFiles { () throws(SystemError) in
                try body.file.read(at: offset, upTo: count)
            }
            if bytes.count == count { return bytes }
            throw .damaged("\(self.path(of: body.name)) ends before byte \(offset + count)")
        }
    }

    /// What cannot be removed now is an orphan, and the next start removes it.
    func remove(_ name: String) async {
        let path = path(of: name)
        await workers.run { try? Files.remove(path) }
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    private static func newName() -> String {
        let digits = String(UInt64.random(in: 0 ... .max), radix: 32)
        return String(repeating: "0", count: 13 - digits.count) + digits
    }
}

/// An open body file.
final class BodyFile: Sendable {
    let name: String
    let file: File

    init(name: String, file: consuming File) {
        self.name = name
        self.file = file
    }
}
