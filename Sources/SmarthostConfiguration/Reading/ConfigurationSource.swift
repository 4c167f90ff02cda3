// All that the configuration needs of the world outside, handed in by the program: files, commands, the
// environment and the names of this host. This module itself touches none of them.

/// Why a file or command gave nothing.
public enum SourceFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case notFound
    /// Anything else, in the system's words.
    case other(String)

    public var description: String {
        switch self {
        case .notFound: "no such file"
        case .other(let text): text
        }
    }
}

/// A file's bytes and what fstat says of the very file that was read, behind all symbolic links.
public struct SourceFile: Sendable {
    public let bytes: [UInt8]
    public let metadata: FileMetadata

    public init(bytes: [UInt8], metadata: FileMetadata) {
        self.bytes = bytes
        self.metadata = metadata
    }
}

/// Who the daemon runs as; the names are nil where the system knows none for the number.
public struct ProcessIdentity: Equatable, Sendable {
    public let userID: UInt32
    public let groupID: UInt32
    public let userName: String?
    public let groupName: String?

    public init(userID: UInt32, groupID: UInt32, userName: String? = nil, groupName: String? = nil) {
        self.userID = userID
        self.groupID = groupID
        self.userName = userName
        self.groupName = groupName
    }
}

/// The names that `%H`, `%C` and `%M` stand for, asked for only when a file uses them.
public struct HostNames: Sendable {
    /// `%H`: $HOSTNAME, else the system's host name.
    public var hostName: @Sendable () -> String?
    /// `%C`: the canonical name of `%H`.
    public var canonicalName: @Sendable () -> String?
    /// `%M`: the first line of /etc/mailname.
    public var mailName: @Sendable () -> String?

    public init(
        hostName: @escaping @Sendable () -> String?, canonicalName: @escaping @Sendable () -> String?,
        mailName: @escaping @Sendable () -> String?
    ) {
        self.hostName = hostName
        self.canonicalName = canonicalName
        self.mailName = mailName
    }
}

/// The outside world as closures.
public struct ConfigurationSource: Sendable {
    public var read: @Sendable (_ path: String) throws(SourceFailure) -> SourceFile
    /// Runs a command by the shell and gives the first line it prints, for `eval`.
    public var run: @Sendable (_ command: String) throws(SourceFailure) -> [UInt8]
    public var environment: @Sendable (_ name: String) -> String?
    /// What `~` stands for; nil where the daemon has no home.
    public var homeDirectory: String?
    /// Where the spool and the Maildir of the embedded default live.
    public var stateDirectory: String
    public var names: HostNames
    public var process: ProcessIdentity

    public init(
        read: @escaping @Sendable (_ path: String) throws(SourceFailure) -> SourceFile,
        run: @escaping @Sendable (_ command: String) throws(SourceFailure) -> [UInt8],
        environment: @escaping @Sendable (_ name: String) -> String?, homeDirectory: String?,
        stateDirectory: String, names: HostNames, process: ProcessIdentity
    ) {
        self.read = read
        self.run = run
        self.environment = environment
        self.homeDirectory = homeDirectory
        self.stateDirectory = stateDirectory
        self.names = names
        self.process = process
    }

    /// A variable's value; one that is set but empty counts as not set, as container tools leave them.
    func variable(_ name: String) -> String? {
        guard let value = environment(name), !value.isEmpty else { return nil }
        return value
    }
}
