// The outside world of smarthostctl, for real.
internal import DKIMCore
internal import LinuxIO
internal import ProgramEnvironment
internal import Signing
internal import SmarthostConfiguration

extension CommandEnvironment {
    static func live(
        as name: String = "smarthostctl", source: ConfigurationSource, configurationFile: String?
    ) -> CommandEnvironment {
        let start = StandardInput.position
        let complain = { (text: String) in writeToStandardError("\(name): \(text)\n") }
        return CommandEnvironment(
            read: { try StandardInput.read() },
            rewind: { start.map { StandardInput.seek(to: $0) } ?? false },
            write: { try StandardOutput.write($0) },
            complain: complain,
            readFile: { try readKeyFile($0) { complain("warning: \($0)") } },
            readPrivateKey: { try readSigningKey($0) { complain("warning: \($0)") } },
            writeNewFile: writeNewSystemFile,
            now: { Host.milliseconds / 1000 },
            lookUpTXT: { lookUpTextRecords($0, server: $1) },
            configuredKeys: { try configuredKeys($0, source, configurationFile, complain) })
    }

    /// The world of a filter by its own name: no configuration, and a key's file as dkimsign takes it.
    static func live(as filter: NamedFilter) -> CommandEnvironment {
        var environment = live(as: filter.rawValue, source: .system(), configurationFile: nil)
        let complain = environment.complain
        environment.readPrivateKey = { source in
            guard case .file(let path) = source else { return try readSigningKey(source) }
            return try readAnyKeyFile(path) { complain("warning: \($0)") }
        }
        return environment
    }

    private static func configuredKeys(
        _ domain: String, _ source: ConfigurationSource, _ file: String?, _ complain: (String) -> Void
    ) throws -> [ConfiguredKey] {
        let location = ConfigurationLocation.choose(argument: file, environment: source.environment)
        let configuration = try Configuration.load(location, from: source)
        let current = CurrentKeys(configuration) { complain("warning: \($0)") }
        return configuration.dkim.filter { (try? DKIMNames.ascii($0.domain)) == domain }
            .flatMap(\.keys).map { current.key(for: $0, of: domain) }
    }
}

/// A key's file for dkimsign, which asks nobody who else can read it: it is told, and the mail is signed.
func readAnyKeyFile(_ path: String, warn: (String) -> Void) throws -> [UInt8] {
    let file = try readSystemFile(path)
    switch FilePermissions.check(path, file.metadata, holds: .secret, for: .current) {
    case .safe: break
    case .warning(let text), .refused(let text): warn("\(path): \(text)")
    }
    return file.bytes
}

/// A key's file: who else can read it matters only where it holds the private half.
func readKeyFile(_ path: String, warn: (String) -> Void) throws -> [UInt8] {
    let bytes = try readSystemFile(path).bytes
    guard bytes.firstRange(of: "PRIVATE KEY-----".utf8) != nil else { return bytes }
    return try SecretFiles.read(path, warn: warn)
}

func writeNewSystemFile(_ path: String, _ bytes: Span<UInt8>, _ mode: UInt32) throws {
    let file: File
    do throws(SystemError) {
        file = try File(path: path, .create(mode: mode))
    } catch {
        if error.isExisting { throw ExistingFile() }
        guard error.isNotFound, let folder = Files.parent(of: path) else { throw error }
        throw MissingFolder(path: folder)
    }
    do {
        try file.write(bytes)
        try file.sync()
        try Files.syncDirectory(Files.parent(of: path) ?? ".")
    } catch {
        try? Files.remove(path)
        throw error
    }
}

/// A file's folder that is not there.
private struct MissingFolder: Error, CustomStringConvertible {
    let path: String

    var description: String { "there is no folder \(path); make it: install -d -m 700 \(path)" }
}

private struct ExistingFile: Error, CustomStringConvertible {
    let description = "there is a file of that name, and no key is written over; name another with --out"
}
