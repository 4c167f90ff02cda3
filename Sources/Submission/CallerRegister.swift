// Who the last callers were: the system's databases of users may be slow, and the same few users call all day.
internal import LinuxIO

/// Remembers names and permissions for a few seconds, after which a change in the databases counts.
///
/// `@unchecked Sendable`: what it remembers is touched on the loop's thread only.
final class CallerRegister: @unchecked Sendable {
    private struct Number: Hashable {
        let userID: UInt32
        let groupID: UInt32
    }

    private struct Entry {
        let userName: String?
        let isPermitted: Bool
        let expiry: Deadline
    }

    private let access: AccessPolicy
    private let workers: WorkerPool
    private let lifetime: Duration
    private let userName: @Sendable (UInt32) -> String?
    private var entries: [Number: Entry] = [:]

    /// More users than this at a time are not remembered.
    private static let maximumEntries = 1000

    init(
        _ access: AccessPolicy, _ workers: WorkerPool, lifetime: Duration = .seconds(5),
        userName: @escaping @Sendable (UInt32) -> String? = { User(id: $0)?.name }
    ) {
        self.access = access
        self.workers = workers
        self.lifetime = lifetime
        self.userName = userName
    }

    /// Who it is, and whether they may submit.
    func identify(_ credentials: PeerCredentials) async -> (Caller, isPermitted: Bool) {
        let number = Number(userID: credentials.userID, groupID: credentials.groupID)
        if let entry = entries[number], !entry.expiry.hasPassed {
            return (Caller(credentials, userName: entry.userName), entry.isPermitted)
        }
        let (caller, isPermitted) = await workers.run { [access, userName] in
            let caller = Caller(credentials, userName: userName(credentials.userID))
            return (caller, access.permits(caller))
        }
        if entries.count >= Self.maximumEntries { entries = [:] }
        entries[number] = Entry(
            userName: caller.userName, isPermitted: isPermitted, expiry: .after(lifetime))
        return (caller, isPermitted)
    }
}
