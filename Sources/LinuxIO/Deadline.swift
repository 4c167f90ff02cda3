// Moments on the monotonic clock, for time-outs: a changed wall clock never moves them.
internal import CLinux

/// When waiting ends.
public struct Deadline: Comparable, Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    let nanoseconds: UInt64

    public static let never = Deadline(nanoseconds: .max)

    /// That long from now; a negative duration is now.
    public static func after(_ duration: Duration) -> Deadline {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return Deadline(nanoseconds: monotonicNanoseconds()) }
        let (span, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow || span > .max / 4 { return .never }
        return Deadline(nanoseconds: monotonicNanoseconds() + span + UInt64(attoseconds / 1_000_000_000))
    }

    public static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }

    public var hasPassed: Bool { nanoseconds <= monotonicNanoseconds() }

    /// For poll(2): -1 where there is no end.
    var remainingMilliseconds: Int32 {
        if self == .never { return -1 }
        let now = monotonicNanoseconds()
        return nanoseconds <= now ? 0 : Int32(clamping: (nanoseconds - now + 999_999) / 1_000_000)
    }
}

/// Nanoseconds since some moment before the system's start.
public func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
