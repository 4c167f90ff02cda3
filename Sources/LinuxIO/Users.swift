// Users and groups by name and number, as the system's databases know them.
internal import CLinux

/// A user of the system.
public struct User: Hashable, Sendable {
    public let name: String
    public let id: UInt32
    public let groupID: UInt32
    public let homeDirectory: String

    /// Nil where there is no such user.
    public init?(named name: String) {
        guard let entry = Self.find({ getpwnam_r(name, $0, $1, $2, $3) }) else { return nil }
        self = entry
    }

    /// Nil where there is no such user.
    public init?(id: UInt32) {
        guard let entry = Self.find({ getpwuid_r(id, $0, $1, $2, $3) }) else { return nil }
        self = entry
    }

    private init(_ entry: passwd) {
        name = String(cString: entry.pw_name)
        id = entry.pw_uid
        groupID = entry.pw_gid
        homeDirectory = String(cString: entry.pw_dir)
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func find(_ lookup: Lookup) -> User? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        return buffer.withUnsafeMutableBufferPointer { space in
            guard let base = space.baseAddress, lookup(&entry, base, space.count, &found) == 0,
                found != nil
            else { return nil }
            return User(entry)
        }
    }

    /// The ids of all groups the user is in, the primary one included.
    public var groupIDs: Set<UInt32> {
        var ids = [gid_t](repeating: 0, count: 64)
        var count = Int32(ids.count)
        if getgrouplist(name, groupID, &ids, &count) < 0 {
            ids = [gid_t](repeating: 0, count: Int(count))
            getgrouplist(name, groupID, &ids, &count)
        }
        return Set(ids.prefix(Int(count)))
    }

    /// The process's effective user and group.
    public static var effectiveIDs: (user: UInt32, group: UInt32) { (geteuid(), getegid()) }
}

/// A group's id by its name, or nil.
public func groupID(named name: String) -> UInt32? {
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 65_536)
    guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
    return entry.gr_gid
}

/// A group's name by its id, or nil.
public func groupName(id: UInt32) -> String? {
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 65_536)
    guard getgrgid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
    return String(cString: entry.gr_name)
}
