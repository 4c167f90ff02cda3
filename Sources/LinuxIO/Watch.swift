// A descriptor under the loop's eye: its readiness to be read and written. Edge-triggered: try the
// call first and wait only after it said EAGAIN; since both happen on the loop's thread, an edge
// cannot fall between them.
internal import CLinux

/// A non-blocking descriptor registered with the loop. Touched on the loop's thread only.
final class Watch {
    let loop: EventLoop
    fileprivate(set) var descriptor: Int32
    var key: UInt64 = 0
    let reader = Waiter()
    let writer = Waiter()
    private var readingHasStopped = false

    /// The descriptor must be non-blocking.
    init(_ descriptor: consuming Descriptor, on loop: EventLoop) throws(SystemError) {
        self.loop = loop
        self.descriptor = descriptor.release()
        try loop.register(self, descriptor: self.descriptor)
    }

    deinit { if descriptor >= 0 { CLinux.close(descriptor) } }

    var isClosed: Bool { descriptor < 0 }

    /// Ends the wait for input, and every later one, as if it were closed; writing goes on.
    func stopReading() {
        readingHasStopped = true
        reader.end(.closed)
    }

    /// Closes the descriptor; whoever waits on it is told so.
    func close() {
        guard descriptor >= 0 else { return }
        loop.forget(self)
        CLinux.close(descriptor)
        descriptor = -1
        reader.end(.closed)
        writer.end(.closed)
    }

    /// Repeats a call until it does not say EAGAIN, waiting in between.
    func attempt(
        _ operation: StaticString, waiting waiter: Waiter, until deadline: Deadline,
        _ call: (Int32) -> Int
    ) async throws(IOFailure) -> Int {
        while true {
            if isClosed { throw .closed }
            let result = call(descriptor)
            if result >= 0 { return result }
            switch linux_errno() {
            case EINTR: continue
            case EAGAIN: break
            case let number: throw .system(SystemError("\(operation)", number: number))
            }
            if waiter === reader, readingHasStopped { throw .closed }
            switch await waiter.wait(until: deadline, on: loop) {
            case .ready: continue
            case .timedOut: throw .timedOut
            case .closed: throw .closed
            }
        }
    }
}

func setNonBlocking(_ descriptor: Int32) throws(SystemError) {
    let flags = try checked("fcntl") { linux_get_flags(descriptor) }
    try checked("fcntl") { linux_set_flags(descriptor, flags | O_NONBLOCK) }
}

/// Why reading or writing ended. The end of the input is not a failure: it is zero bytes.
public enum IOFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case timedOut
    /// This side closed the descriptor while the task waited.
    case closed
    case system(SystemError)

    public var description: String {
        switch self {
        case .timedOut: "timed out"
        case .closed: "closed"
        case .system(let error): error.reason
        }
    }
}
