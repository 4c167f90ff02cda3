// Sleeping until a moment, or until somebody rings before it.

/// One task's sleep, which others on the same loop can end early.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class Alarm: @unchecked Sendable {
    private let loop: EventLoop
    private let waiter = Waiter()
    private var hasRung = false

    public init(on loop: EventLoop) { self.loop = loop }

    /// Sleeps until the deadline or the next `ring`; a ring that came while nobody slept counts. Whether it
    /// was rung.
    @discardableResult
    public func sleep(until deadline: Deadline) async -> Bool {
        if !hasRung { _ = await waiter.wait(until: deadline, on: loop) }
        defer { hasRung = false }
        return hasRung
    }

    public func ring() {
        hasRung = true
        waiter.end(.ready)
    }
}
