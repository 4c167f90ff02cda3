// The configuration that an account is added to: what it has already, and whether it is still good afterwards.
// Throws CommandFailure.
internal import LinuxIO
internal import SmarthostConfiguration

struct AccountFile {
    private let path: String?
    private let context: ControlContext
    /// What is there; nil for no file.
    private let present: SourceFile?
    private let accounts: [String]

    /// Without a path, or where no file is there, one without accounts.
    init(_ path: String?, _ context: ControlContext) throws(CommandFailure) {
        self.path = path
        self.context = context
        guard let path, let file = try Self.read(path, context) else {
            present = nil
            accounts = []
            return
        }
        present = file
        let configuration = try Self.parse(file, path, context)
        let isEmbedded = configuration.accounts.allSatisfy { $0.origin == .builtIn }
        accounts = isEmbedded ? [] : configuration.accounts.map(\.name)
    }

    /// `default` for the first account, else the domain's name.
    func freeName(_ domain: String) -> String { accounts.isEmpty ? "default" : domain }

    /// Throws what would be wrong with the file and the text behind it.
    func check(_ text: String) throws(CommandFailure) {
        let process = context.source.process
        let metadata =
            present?.metadata
            ?? SmarthostConfiguration.FileMetadata(
                ownerID: process.userID, groupID: process.groupID, mode: 0o600)
        let file = SourceFile(bytes: whole(text), metadata: metadata)
        _ = try Self.parse(file, path ?? "the account", context)
    }

    /// Writes the text behind what is there, in one piece and to the disk.
    func append(_ text: String) throws {
        guard let path else { return }
        let addition = whole(text).dropFirst(present?.bytes.count ?? 0)
        let file = try File(path: path, .append(mode: 0o600))
        try file.write(addition)
        try file.sync()
        try Files.syncDirectory(Files.parent(of: path) ?? ".")
    }

    /// Behind an empty line, unless it is the first.
    private func whole(_ text: String) -> [UInt8] {
        guard let bytes = present?.bytes, !bytes.isEmpty else { return Array(text.utf8) }
        let end = bytes.last == UInt8(ascii: "\n") ? "\n" : "\n\n"
        return bytes + Array((end + text).utf8)
    }

    private static func read(
        _ path: String, _ context: ControlContext
    ) throws(CommandFailure) -> SourceFile? {
        do throws(SourceFailure) {
            return try context.source.read(path)
        } catch {
            if error == .notFound { return nil }
            throw CommandFailure(ExitCode.configuration, "\(path): cannot be read: \(error)")
        }
    }

    private static func parse(
        _ file: SourceFile, _ path: String, _ context: ControlContext
    ) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try Configuration.parse(file, path: path, from: context.source)
        } catch {
            for diagnostic in error.errors.dropLast() { context.environment.complain("\(diagnostic)") }
            throw CommandFailure(
                ExitCode.configuration, error.errors.last?.description ?? "\(path): cannot be used")
        }
    }
}
