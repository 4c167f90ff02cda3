// So many at a time: what changes the state of the keys waits for the disk in between.

/// Places for tasks of one loop.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
final class Turns: @unchecked Sendable {
    private var free: Int
    private var waiting: [UnsafeContinuation<Void, Never>] = []

    init(atOnce count: Int = 1) { free = count }

    /// Returns when it is the caller's turn; `give` ends it.
    func take() async {
        guard free == 0 else { return free -= 1 }
        await withUnsafeContinuation { waiting.append($0) }
    }

    func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
