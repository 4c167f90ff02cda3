// The folder in which the keys are that the daemon has made, with the state of their rotation. All of it
// blocks. Throws SystemError.
internal import DKIMCore
public import LinuxIO

/// How files are read and written; tests give others that fail.
public struct KeyFiles: Sendable {
    /// The whole file.
    public var read: @Sendable (_ path: String) throws(SystemError) -> [UInt8]
    /// Puts the bytes there in one step, mode 0600; when it returns they survive a power cut.
    public var replace: @Sendable (_ path: String, _ bytes: Span<UInt8>) throws(SystemError) -> Void
    /// As `replace`, but where the name is taken it throws EEXIST.
    public var create: @Sendable (_ path: String, _ bytes: Span<UInt8>) throws(SystemError) -> Void
    public var remove: @Sendable (_ path: String) throws(SystemError) -> Void

    public init(
        read: @escaping @Sendable (_ path: String) throws(SystemError) -> [UInt8],
        replace: @escaping @Sendable (_ path: String, _ bytes: Span<UInt8>) throws(SystemError) -> Void,
        create: @escaping @Sendable (_ path: String, _ bytes: Span<UInt8>) throws(SystemError) -> Void,
        remove: @escaping @Sendable (_ path: String) throws(SystemError) -> Void
    ) {
        self.read = read
        self.replace = replace
        self.create = create
        self.remove = remove
    }

    /// This system's.
    public static let system = KeyFiles(
        read: { path throws(SystemError) in try Files.read(path, limit: 1 << 20) },
        replace: { path, bytes throws(SystemError) in try replaceFile(path, bytes) },
        create: { path, bytes throws(SystemError) in try createFile(path, bytes) },
        remove: { path throws(SystemError) in try Files.remove(path) })
}

private func replaceFile(_ path: String, _ bytes: Span<UInt8>) throws(SystemError) {
    let draft = path + ".new"
    // One that a power cut left.
    try? Files.remove(draft)
    try createFile(draft, bytes)
    do throws(SystemError) { try Files.rename(draft, to: path) } catch {
        try? Files.remove(draft)
        throw error
    }
    try Files.syncDirectory(Files.parent(of: path) ?? ".")
}

private func createFile(_ path: String, _ bytes: Span<UInt8>) throws(SystemError) {
    let folder = Files.parent(of: path) ?? "."
    try Files.makeDirectory(folder, mode: 0o700)
    let file = try File(path: path, .create(mode: 0o600))
    do throws(SystemError) {
        try file.write(bytes)
        try file.sync()
        try Files.syncDirectory(folder)
    } catch {
        try? Files.remove(path)
        throw error
    }
    try? Files.syncDirectory(Files.parent(of: folder) ?? ".")
}

/// The daemon's own keys on the disk.
public struct KeyStore: Sendable {
    let folder: String
    private let files: KeyFiles

    public init(folder: String, files: KeyFiles = .system) {
        self.folder = folder
        self.files = files
    }

    /// The folder in a spool's: the one place that is the daemon's own and stays, wherever it runs.
    public init(spool: String) { self.init(folder: "\(spool)/dkim") }

    var statePath: String { "\(folder)/rotation" }

    func keyPath(_ domain: String, _ selector: String) -> String { "\(folder)/\(domain).\(selector).pem" }

    /// Where nothing was ever written there is nothing.
    func load() throws(SystemError) -> RotationState {
        do throws(SystemError) {
            return RotationState(parsing: String(decoding: try files.read(statePath), as: UTF8.self))
        } catch {
            if error.isNotFound { return RotationState() }
            throw error
        }
    }

    func save(_ state: RotationState) throws(SystemError) {
        try files.replace(statePath, Array(state.text.utf8).span)
    }

    /// Throws KeyProblem, which names the file.
    func key(_ domain: String, _ selector: String) throws(KeyProblem) -> SigningKey {
        let path = keyPath(domain, selector)
        do {
            return try SigningKey(pem: try files.read(path))
        } catch let error as SystemError {
            throw KeyProblem("\(path): cannot be read: \(error.reason)")
        } catch {
            throw KeyProblem("\(path): \(error)")
        }
    }

    /// False where there is such a file: it may hold a key that the state has lost, so it stays.
    func write(_ key: SigningKey, _ domain: String, _ selector: String) throws(KeyProblem) -> Bool {
        let path = keyPath(domain, selector)
        do {
            try key.withPEM { try files.create(path, $0) }
            return true
        } catch let error as SystemError where error.isExisting {
            return false
        } catch {
            throw KeyProblem("the key cannot be written: \(error)")
        }
    }

    func removeKey(_ domain: String, _ selector: String) throws(SystemError) {
        try files.remove(keyPath(domain, selector))
    }
}
