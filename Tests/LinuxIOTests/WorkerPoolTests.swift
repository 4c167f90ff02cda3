// Work on other threads comes back to the waiting task, with its result or its typed error.
import LinuxIO
import TestSupport
import Testing

@Suite struct WorkerPoolTests {
    @Test func givesBackResultsAndErrors() async throws {
        let pool = try WorkerPool(threads: 2, named: "test")
        defer { pool.shutDown() }
        let sum = try await onLoop { loop in
            await withTaskGroup(of: Int.self) { group in
                for number in 1...100 { group.addTask { await pool.run { number } } }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 5050)
        await #expect(throws: SystemError("test", number: 5)) {
            try await pool.run { () throws(SystemError) -> Int in throw SystemError("test", number: 5) }
        }
    }

    @Test func whoComesAfterTheEndIsServedAllTheSame() async throws {
        let pool = try WorkerPool(threads: 1, named: "test")
        pool.shutDown()
        #expect(await pool.run { 7 } == 7)
    }

    @Test func aClosedQueueTakesNothingAndGivesWhatItHas() {
        let queue = BlockingQueue<Int>()
        #expect(queue.add(1))
        queue.close()
        #expect(!queue.add(2))
        #expect(queue.take() == [1])
        #expect(queue.take() == nil)
    }

    @Test func anAlarmRungBeforeTheSleepEndsIt() async throws {
        try await onLoop { loop in
            let alarm = Alarm(on: loop)
            alarm.ring()
            #expect(await alarm.sleep(until: .never))
            loop.spawn { alarm.ring() }
            #expect(await alarm.sleep(until: .never))
            #expect(await !alarm.sleep(until: .after(.milliseconds(1))))
        }
    }
}

@Suite struct BlockingQueueTests {
    @Test func takesNoMoreThanItsLimitAndNothingOnceClosed() {
        let queue = BlockingQueue<Int>(limit: 2)
        #expect(queue.add(1) && queue.add(2) && !queue.add(3))
        #expect(queue.take(upTo: 1) == [1])
        #expect(queue.add(4))
        queue.close()
        #expect(!queue.add(5))
        #expect(queue.take() == [2, 4])
        #expect(queue.take() == nil)
    }
}
