// Threads for what blocks: disk, name resolution, RSA, programs. The loop hands work over and gets
// the result back as a resumed task.
internal import CLinux

/// A queue between threads: any thread adds, one or more threads wait and take.
///
/// `@unchecked Sendable`: every access holds the pthread mutex.
public final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var elements: [Element] = []
    /// How many of the elements, from the front, were taken already.
    private var taken = 0
    private var isClosed = false
    private let limit: Int

    /// More elements than the limit are not taken.
    public init(limit: Int = .max) {
        self.limit = limit
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// False where the queue is closed or full: nobody takes the element.
    @discardableResult
    public func add(_ element: Element) -> Bool {
        pthread_mutex_lock(mutex)
        let isTaken = !isClosed && elements.count - taken < limit
        if isTaken { elements.append(element) }
        pthread_mutex_unlock(mutex)
        // Only now: a thread that wakes while the mutex is held goes to sleep again on it.
        if isTaken { pthread_cond_signal(condition) }
        return isTaken
    }

    /// Waits for elements and takes at most that many, oldest first; nil once closed and empty.
    public func take(upTo most: Int = .max) -> [Element]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.count == taken {
            if isClosed { return nil }
            pthread_cond_wait(condition, mutex)
        }
        let count = min(most, elements.count - taken)
        let batch = Array(elements[taken..<(taken + count)])
        taken += count
        // Elements leave the array in bulk: taking them one by one from its front would move all others.
        if taken * 2 > elements.count {
            elements.removeFirst(taken)
            taken = 0
        }
        return batch
    }

    /// What is in the queue is still taken; then `take` gives nil.
    public func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}

/// A thread that runs one closure. Signals are left to the loop's thread.
public final class Thread: Sendable {
    private let handle: pthread_t

    /// Throws what pthread_create refused.
    public init(named name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        let box = Unmanaged.passRetained(ThreadBody(name: name, run: body))
        var handle = pthread_t()
        let result = pthread_create(&handle, nil, startThread, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw SystemError("pthread_create", number: result)
        }
        self.handle = handle
    }

    /// Waits for the end of the closure; call it once.
    public func join() { pthread_join(handle, nil) }

    /// Waits that long at most; false where the closure goes on.
    public func join(within seconds: Int) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += seconds
        return pthread_timedjoin_np(handle, nil, &end) == 0
    }
}

private final class ThreadBody {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

private func startThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    pthread_setname_np(pthread_self(), body.name)
    body.run()
    return nil
}

/// A few threads that run blocking closures for tasks.
public final class WorkerPool: Sendable {
    private let work = BlockingQueue<@Sendable () -> Void>()
    private let threads: [Thread]

    /// Throws what pthread_create refused.
    public init(threads count: Int, named name: String) throws(SystemError) {
        var threads: [Thread] = []
        for _ in 0..<count {
            threads.append(
                try Thread(named: name) { [work] in
                    while let closures = work.take(upTo: 1) { for closure in closures { closure() } }
                })
        }
        self.threads = threads
    }

    /// Runs the closure on one of the threads and gives its result to the waiting task. After `shutDown` it
    /// runs where it is called: whoever still has to clean up can.
    public func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withUnsafeContinuation { continuation in
            let run: @Sendable () -> Void = { continuation.resume(returning: Result(catching: body)) }
            if !work.add(run) { run() }
        }
        return try result.get()
    }

    /// Finishes the work that was handed over and ends the threads.
    public func shutDown() {
        work.close()
        for thread in threads { thread.join() }
    }
}
