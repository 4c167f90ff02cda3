// The TLS contexts that sessions share, one for each of the settings. Certificates and lists are renewed while a
// daemon runs: a new session looks whether the files are still those that its context was made from.
internal import LinuxIO
internal import TLS

/// Makes contexts and keeps them. Touched on the loop's thread only.
final class TLSContexts {
    private struct Known {
        let context: TLSContext
        /// What the files were like; nil for one that cannot be looked at, as below systemd's credentials.
        let files: [FileMetadata?]
    }

    private let workers: WorkerPool
    private let readFile: IdentityFileReader
    private var known: [TLSSettings: Known] = [:]

    init(workers: WorkerPool, readFile: @escaping IdentityFileReader) {
        self.workers = workers
        self.readFile = readFile
    }

    /// The settings' context. What touches files is a worker's work.
    func context(for settings: TLSSettings) async throws(TLSFailure) -> TLSContext {
        let before = known[settings]
        if let before, settings.files.isEmpty { return before.context }
        let now = try await workers.run { [readFile] () throws(TLSFailure) in
            let files = settings.files.map { try? FileMetadata(path: $0) }
            if let before, before.files == files { return before }
            return Known(context: try TLSContext(settings, readFile: readFile), files: files)
        }
        known[settings] = now
        return now.context
    }
}
