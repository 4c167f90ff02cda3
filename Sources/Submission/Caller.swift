// Who submits: what the kernel says of the process that connected, and whether it may.
internal import LinuxIO

/// The process at the other end of the socket, as it was when it connected (SO_PEERCRED).
public struct Caller: Hashable, Sendable {
    public let userID: UInt32
    public let groupID: UInt32
    /// 0 where the process lives in a container of its own.
    public let processID: Int32
    /// Nil where this system does not know the number, as with users of a container.
    public let userName: String?

    public init(userID: UInt32, groupID: UInt32, processID: Int32, userName: String?) {
        self.userID = userID
        self.groupID = groupID
        self.processID = processID
        self.userName = userName
    }

    init(_ credentials: PeerCredentials, userName: String?) {
        self.init(
            userID: credentials.userID, groupID: credentials.groupID, processID: credentials.processID,
            userName: userName)
    }

    /// The name, or the number where there is none.
    var displayName: String { userName ?? "\(userID)" }
}

/// `allow_users` and `allow_groups`: with neither the socket's mode alone decides.
struct AccessPolicy: Sendable {
    let users: [String]?
    let groups: [String]?
    /// The daemon's own user, who could write into the spool anyway, as could root.
    let ownUserID: UInt32

    /// Whether the caller may submit. Looks groups up in the system's databases: call it on a worker.
    func permits(_ caller: Caller) -> Bool {
        if users == nil && groups == nil { return true }
        if isAdministrator(caller) { return true }
        if let users, users.contains(where: { isUser($0, caller) }) { return true }
        guard let groups else { return false }
        let allowed = groups.compactMap { UInt32($0) ?? groupID(named: $0) }
        var memberships: Set<UInt32> = [caller.groupID]
        if let user = User(id: caller.userID) { memberships.formUnion(user.groupIDs) }
        return !memberships.isDisjoint(with: allowed)
    }

    /// Root and the daemon's own user see and steer the whole queue; others see their own messages.
    func isAdministrator(_ caller: Caller) -> Bool { caller.userID == 0 || caller.userID == ownUserID }

    private func isUser(_ allowed: String, _ caller: Caller) -> Bool {
        allowed == caller.userName || UInt32(allowed) == caller.userID
    }
}
