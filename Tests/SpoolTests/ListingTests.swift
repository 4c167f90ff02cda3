// The queue as it is shown.
import LinuxIO
import MailCore
import Testing

@testable import Spool

@Suite struct ListingTests {
    @Test func tenThousandMessagesInTheOrderOfTheirArrival() async throws {
        try await withSpool { spool in
            let start: Int64 = 1_700_000_000_000
            // Stored in an order that is not theirs: 7919 is prime to 10,000.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<100 {
                    group.addTask {
                        for number in 100 * task..<100 * task + 100 {
                            let arrival = start + Int64(number * 7919 % 10_000)
                            _ = try await spool.store(newMessage(arrival: arrival), [65])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await spool.count() == 10_000)
            var arrivals: [Int64] = []
            var last: QueueID?
            while true {
                let page = try await spool.list(limit: 999, after: last)
                guard let end = page.last else { break }
                arrivals += page.map(\.arrival)
                last = end.id
            }
            #expect(arrivals == (0..<10_000).map { start + $0 })
        }
    }

    @Test func oneUsersMessages() async throws {
        try await withSpool { spool in
            for (number, user): (Int64, UInt32?) in [(0, 33), (1, 1000), (2, nil), (3, 33)] {
                _ = try await spool.store(newMessage(arrival: number, userID: user))
            }
            func arrivals(_ user: UInt32?) async throws -> [Int64] {
                try await spool.list(limit: 10, after: nil, submittedBy: user).map(\.arrival)
            }
            #expect(try await arrivals(33) == [0, 3])
            #expect(try await arrivals(1000) == [1])
            #expect(try await arrivals(0) == [])
            #expect(try await arrivals(nil) == [0, 1, 2, 3])
        }
    }

    @Test func readingWithAndWithoutADaemon() async throws {
        let folder = TemporaryFolder()
        #expect(throws: SpoolFailure.missing(directory: folder.path)) {
            try SQLiteSpool.openForReading(directory: folder.path)
        }
        let spool = try SQLiteSpool.open(directory: folder.path)
        let id = try await spool.store(newMessage(), [UInt8](repeating: 66, count: 300_000))
        let beside = try SQLiteSpool.openForReading(directory: folder.path)
        #expect(try await beside.list(limit: 10).map(\.id) == [id])
        await beside.close()
        await spool.close()
        await #expect(throws: SpoolFailure.closed) { _ = try await beside.count() }

        let alone = try SQLiteSpool.openForReading(directory: folder.path)
        #expect(try await alone.message(id)?.bodySize == 300_000)
        #expect(try await alone.body(id).next()?.first == 66)
        await alone.close()
        // Having been looked at does not keep the daemon from its spool.
        #expect(try await withSpool(in: folder) { try await $0.count() } == 1)
    }
}
