// Who else can read a secret: one rule for the configuration file, password files and DKIM keys. It gives
// the refusal as text; opening the file, and knowing its metadata, is the caller's part.

/// What stat says of a file, the target of a symbolic link and not the link.
public struct FileMetadata: Equatable, Sendable {
    public let ownerID: UInt32
    public let groupID: UInt32
    public let ownerName: String?
    public let groupName: String?
    /// The permission bits, 0 to 0o7777.
    public let mode: UInt32
    /// The path behind all symbolic links, where it differs; Kubernetes volumes are told by it.
    public let resolvedPath: String?

    public init(
        ownerID: UInt32, groupID: UInt32, ownerName: String? = nil, groupName: String? = nil, mode: UInt32,
        resolvedPath: String? = nil
    ) {
        self.ownerID = ownerID
        self.groupID = groupID
        self.ownerName = ownerName
        self.groupName = groupName
        self.mode = mode & 0o7777
        self.resolvedPath = resolvedPath
    }

    var owner: String { ownerName ?? "\(ownerID)" }
    var group: String { groupName ?? "\(groupID)" }
}

/// Whether a file that matters is safe from others.
public enum FilePermissions {
    /// What makes the file worth guarding.
    public enum Purpose: Sendable {
        /// It holds a secret: nobody else may read or write it.
        case secret
        /// It names commands that the daemon runs: nobody else may write it.
        case commands
    }

    /// What the check found: the text follows the file's name in the message.
    public enum Verdict: Equatable, Sendable {
        case safe
        case warning(String)
        case refused(String)

        var isRefusal: Bool {
            if case .refused = self { true } else { false }
        }
    }

    /// The rule: others have no access, the group has it only if it is root's or the daemon's own primary group.
    public static func check(
        _ path: String, _ metadata: FileMetadata, holds purpose: Purpose, for process: ProcessIdentity
    ) -> Verdict {
        if let finding = exposure(metadata, purpose, process) {
            let wanted = "mode \(octal(metadata.mode)), owner \(metadata.owner), group \(metadata.group)"
            let cure = cure(path, metadata, process)
            return .refused("\(contents(purpose)) and \(finding) (\(wanted)); mend it: \(cure)")
        }
        if metadata.ownerID == 0 || metadata.ownerID == process.userID { return .safe }
        let access = purpose == .secret ? "read" : "change"
        let cure = cure(path, metadata, process)
        return .warning(
            "\(contents(purpose)), and its owner \(metadata.owner) can \(access) it; better: \(cure)")
    }

    /// The finding about a file that holds nothing but a secret, such as a password file or a DKIM key.
    public static func finding(
        aboutSecret path: String, _ metadata: FileMetadata, for process: ProcessIdentity
    ) -> Diagnostic? {
        switch check(path, metadata, holds: .secret, for: process) {
        case .safe: nil
        case .warning(let text): Diagnostic(.warning, at: .file(path), text)
        case .refused(let text): Diagnostic(.error, at: .file(path), text)
        }
    }

    private static func contents(_ purpose: Purpose) -> String {
        switch purpose {
        case .secret: "holds a secret"
        case .commands: "names commands to run"
        }
    }

    private static func exposure(
        _ metadata: FileMetadata, _ purpose: Purpose, _ process: ProcessIdentity
    ) -> String? {
        let bits: UInt32 = purpose == .secret ? 0o6 : 0o2
        if metadata.mode & bits != 0 { return "every user can \(verb(metadata.mode & bits)) it" }
        // Group root's members are root; systemd's credentials show mode 0440 for their access list.
        guard metadata.groupID != process.groupID, metadata.groupID != 0, metadata.mode >> 3 & bits != 0
        else { return nil }
        return "group \(metadata.group) can \(verb(metadata.mode >> 3 & bits)) it"
    }

    private static func verb(_ bits: UInt32) -> String { bits & 0o4 != 0 ? "read" : "write" }

    private static func cure(_ path: String, _ metadata: FileMetadata, _ process: ProcessIdentity) -> String {
        // A projected volume is read-only and its files are links into a folder named ..DATE.
        if let resolved = metadata.resolvedPath, resolved.split(separator: "/").contains(where: isProjection)
        {
            return "set `defaultMode: 0400` on the Kubernetes volume (0440 with fsGroup and runAsGroup alike)"
        }
        let file = shellQuoted(path)
        if metadata.ownerID == process.userID { return "chmod 600 \(file)" }
        return "chown \(process.userName ?? "\(process.userID)") \(file) && chmod 600 \(file)"
    }

    private static func isProjection(_ component: Substring) -> Bool {
        component.hasPrefix("..") && component.count > 2
    }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func shellQuoted(_ path: String) -> String {
        let plain = path.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "+")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "@"):
                true
            default: false
            }
        }
        if plain { return path }
        return "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }
}
