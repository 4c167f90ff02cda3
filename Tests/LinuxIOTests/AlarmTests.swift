// A sleep that others end, and what it tells of its end.
import LinuxIO
import TestSupport
import Testing

@Suite struct AlarmTests {
    @Test func deadlineIsNoRing() async throws {
        #expect(
            try await onLoop { loop in await Alarm(on: loop).sleep(until: .after(.milliseconds(1))) } == false
        )
    }

    /// Who is woken late must not take the ring for the deadline.
    @Test func ringCountsThoughTheDeadlineHasPassed() async throws {
        let heard = try await onLoop { loop in
            let alarm = Alarm(on: loop)
            alarm.ring()
            return [await alarm.sleep(until: .after(.zero)), await alarm.sleep(until: .after(.zero))]
        }
        #expect(heard == [true, false])
    }

    @Test func ringEndsTheSleep() async throws {
        let heard = try await onLoop { loop in
            let alarm = Alarm(on: loop)
            loop.spawn { alarm.ring() }
            return await alarm.sleep(until: .never)
        }
        #expect(heard)
    }
}
