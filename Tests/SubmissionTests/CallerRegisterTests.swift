// Who a caller is, remembered for a while: what is looked up again and what is never taken from another.
import LinuxIO
import Synchronization
import Testing

@testable import Submission

@Suite struct CallerRegisterTests {
    /// Counts the questions to the database of users, which knows number 1000 only.
    private final class Database: Sendable {
        let questions = Atomic(0)

        func name(_ id: UInt32) -> String? {
            questions.add(1, ordering: .relaxed)
            return id == 1000 ? "web" : nil
        }
    }

    private let database = Database()

    private func register(_ lifetime: Duration, users: [String]? = nil) throws -> CallerRegister {
        let policy = AccessPolicy(users: users, groups: nil, ownUserID: 7)
        let workers = try WorkerPool(threads: 1, named: "test")
        return CallerRegister(
            policy, workers, lifetime: lifetime, userName: { [database] in database.name($0) })
    }

    private func credentials(_ user: UInt32, group: UInt32 = 33, process: Int32) -> PeerCredentials {
        PeerCredentials(userID: user, groupID: group, processID: process)
    }

    @Test func asksOnceForTheSameUser() async throws {
        let register = try register(.seconds(3600))
        let (first, _) = await register.identify(credentials(1000, process: 11))
        let (second, _) = await register.identify(credentials(1000, process: 12))
        #expect(database.questions.load(ordering: .relaxed) == 1)
        #expect(first == Caller(userID: 1000, groupID: 33, processID: 11, userName: "web"))
        #expect(second == Caller(userID: 1000, groupID: 33, processID: 12, userName: "web"))
    }

    @Test func asksAgainForAnotherUserOrGroup() async throws {
        let register = try register(.seconds(3600))
        _ = await register.identify(credentials(1000, process: 1))
        let (stranger, _) = await register.identify(credentials(1001, process: 1))
        let (regrouped, _) = await register.identify(credentials(1000, group: 34, process: 1))
        #expect(database.questions.load(ordering: .relaxed) == 3)
        #expect(stranger.userName == nil)
        #expect(regrouped.groupID == 34)
    }

    @Test func forgetsInTime() async throws {
        let register = try register(.zero)
        for _ in 0..<2 { _ = await register.identify(credentials(1000, process: 1)) }
        #expect(database.questions.load(ordering: .relaxed) == 2)
    }

    @Test func remembersWhoMaySubmit() async throws {
        let register = try register(.seconds(3600), users: ["web"])
        for _ in 0..<2 {
            #expect(await register.identify(credentials(1000, process: 1)).isPermitted)
            #expect(await !register.identify(credentials(1001, process: 1)).isPermitted)
        }
        #expect(database.questions.load(ordering: .relaxed) == 2)
    }
}
