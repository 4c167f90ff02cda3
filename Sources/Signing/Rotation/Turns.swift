// One at a time: what changes the state of the keys waits for the disk in between.

/// A lock for tasks of one loop.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
final class Turns: @unchecked Sendable {
    private var isTaken = false
    private var waiting: [UnsafeContinuation<Void, Never>] = []

    /// Returns when it is the caller's turn; `give` ends it.
    func take() async {
        guard isTaken else { return isTaken = true }
        await withUnsafeContinuation { waiting.append($0) }
    }

    func give() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}
