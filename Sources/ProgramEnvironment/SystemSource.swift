// The configuration's outside world, for real: files, commands, environment and names of this system. Both
// the daemon and smarthostctl read the configuration through it, so that a check sees what the daemon sees.
internal import LinuxIO
public import SmarthostConfiguration

extension ConfigurationSource {
    /// Reads from this system.
    public static func system() -> ConfigurationSource {
        ConfigurationSource(
            read: readSystemFile, run: runSystemCommand, environment: { environmentValue($0) },
            homeDirectory: homeDirectory, stateDirectory: stateDirectory,
            names: HostNames(
                hostName: { systemHostName() },
                canonicalName: { Host.canonicalName },
                mailName: mailName),
            process: ProcessIdentity.current)
    }

    private static var homeDirectory: String? {
        setting("HOME", environmentValue) ?? User(id: User.effectiveIDs.user)?.homeDirectory
    }

    /// SMARTHOST_STATE, else systemd's STATE_DIRECTORY, else /var/lib/smarthost for root and the usual place
    /// below the home directory for others.
    private static var stateDirectory: String {
        if let path = setting("SMARTHOST_STATE", environmentValue) { return path }
        if let path = setting("STATE_DIRECTORY", environmentValue),
            let first = path.split(separator: ":").first
        {
            return String(first)
        }
        if User.effectiveIDs.user == 0 { return "/var/lib/smarthost" }
        if let path = environmentValue("XDG_STATE_HOME"), path.hasPrefix("/") { return path + "/smarthost" }
        return (homeDirectory ?? "/var/tmp") + "/.local/state/smarthost"
    }

    private static let mailName: @Sendable () -> String? = {
        guard let bytes = try? Files.read("/etc/mailname", limit: 4096) else { return nil }
        let line = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        return line.isEmpty ? nil : line
    }
}

/// This host's name: HOSTNAME, else the system's.
public func systemHostName() -> String { hostName(environment: environmentValue, system: Host.name) }

func hostName(environment: (String) -> String?, system: String) -> String {
    if let name = setting("HOSTNAME", environment) { return name }
    // An address of this host would have no domain.
    return system.isEmpty ? "localhost" : system
}

/// A variable of the environment; an empty one counts as not set.
private func setting(_ name: String, _ environment: (String) -> String?) -> String? {
    guard let value = environment(name), !value.isEmpty else { return nil }
    return value
}

extension ProcessIdentity {
    /// This process.
    public static var current: ProcessIdentity {
        let ids = User.effectiveIDs
        return ProcessIdentity(
            userID: ids.user, groupID: ids.group, userName: User(id: ids.user)?.name,
            groupName: LinuxIO.groupName(id: ids.group))
    }
}

/// A file with the metadata of the very file that was opened; systemd's credential of that file where it has
/// handed one over.
public func readSystemFile(_ path: String) throws(SourceFailure) -> SourceFile {
    let path = Credentials.path(for: path, environment: { environmentValue($0) }) ?? path
    do throws(SystemError) {
        let (bytes, metadata) = try Files.readWithMetadata(path, limit: 1 << 20)
        return SourceFile(
            bytes: bytes,
            metadata: SmarthostConfiguration.FileMetadata(
                ownerID: metadata.userID, groupID: metadata.groupID,
                ownerName: User(id: metadata.userID)?.name,
                groupName: groupName(id: metadata.groupID), mode: metadata.mode,
                resolvedPath: Files.resolved(path)))
    } catch {
        throw error.isNotFound ? .notFound : .other(error.reason)
    }
}

private func runSystemCommand(_ command: String) throws(SourceFailure) -> [UInt8] {
    do throws(CommandFailure) {
        let output = try outputOfShellCommand(command, until: .after(.seconds(60)))
        return Array(output.prefix { $0 != 0x0A })
    } catch {
        throw .other("the command \(error)")
    }
}
