// A place where one task waits for one thing until a deadline, and the queue of those deadlines.

/// Where at most one task waits. Touched on the loop's thread only.
final class Waiter {
    private var continuation: UnsafeContinuation<WaitOutcome, Never>?
    fileprivate(set) var deadline: UInt64 = .max
    /// When its entry in the timer queue is due. A wait that ends after the entry adds none, so that the
    /// queue does not grow with every read and write.
    fileprivate var queuedDue: UInt64 = .max

    /// Waits until `end`; one task at a time.
    func wait(until deadline: Deadline, on loop: EventLoop) async -> WaitOutcome {
        await withUnsafeContinuation { continuation in
            precondition(self.continuation == nil, "two tasks wait for the same thing")
            self.continuation = continuation
            self.deadline = deadline.nanoseconds
            if deadline.nanoseconds != .max { loop.schedule(self) }
        }
    }

    /// Wakes the task that waits, if one does.
    func end(_ outcome: WaitOutcome) {
        guard let continuation else { return }
        self.continuation = nil
        deadline = .max
        continuation.resume(returning: outcome)
    }
}

/// A binary heap of waiters by the moment at which they were due when they were queued.
struct TimerQueue {
    private var heap: [(due: UInt64, waiter: Waiter)] = []
    /// How long the heap may become before what nobody waits for any more is taken out.
    private var compactionLength = 1024

    /// Nanoseconds of the monotonic clock at which `expire` should be called next.
    var next: UInt64? { heap.first?.due }

    mutating func add(_ waiter: Waiter) {
        // The queued entry is due before the deadline and looks again by itself.
        if waiter.queuedDue <= waiter.deadline { return }
        if heap.count >= compactionLength { compact() }
        waiter.queuedDue = waiter.deadline
        heap.append((waiter.deadline, waiter))
        siftUp(from: heap.count - 1)
    }

    /// Takes out the entries of waits that have ended: a connection's outlives it by its whole patience.
    private mutating func compact() {
        let entries = heap
        heap = []
        for (due, waiter) in entries where waiter.queuedDue == due {
            if waiter.deadline == .max {
                waiter.queuedDue = .max
            } else {
                heap.append((due, waiter))
                siftUp(from: heap.count - 1)
            }
        }
        compactionLength = max(1024, 2 * heap.count)
    }

    var count: Int { heap.count }

    /// Ends the waits whose deadline has passed.
    mutating func expire(at now: UInt64) {
        while let (due, waiter) = heap.first, due <= now {
            removeFirst()
            // An entry that an earlier one has replaced says nothing any more.
            guard waiter.queuedDue == due else { continue }
            waiter.queuedDue = .max
            if waiter.deadline <= now {
                waiter.end(.timedOut)
            } else if waiter.deadline != .max {
                add(waiter)
            }
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].due < heap[least].due {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
