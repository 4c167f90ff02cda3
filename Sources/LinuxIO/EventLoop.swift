// One thread, one epoll instance, and every task of the daemon on it: the loop is itself the tasks'
// executor, so that a wake-up costs no change of thread. Code in such a task must never block; what
// blocks goes to a WorkerPool.
internal import CLinux
internal import Synchronization

/// What ended a wait.
public enum WaitOutcome: Sendable { case ready, timedOut, closed }

/// The event loop and executor of all tasks spawned on it.
///
/// `@unchecked Sendable`: everything but `remoteJobs` and `stopped` is touched on the loop's thread only.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    private let epoll: Descriptor
    private let wakeUp: Descriptor
    /// Jobs from other threads, waiting for the loop to look.
    private let remoteJobs = Mutex<[UnownedJob]>([])
    private let stopped = Atomic(false)
    private var thread: pthread_t?
    private var localJobs: [UnownedJob] = []
    /// By an ever new number, never by descriptor: those are reused.
    private var watches: [UInt64: Watch] = [:]
    private var nextWatch: UInt64 = wakeUpKey + 1
    private var timers = TimerQueue()
    /// Where sockets read into before they copy what came: most of it is far smaller than what might come.
    let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    private static let wakeUpKey: UInt64 = 0

    /// Throws what epoll_create1 or eventfd refused.
    public init() throws(SystemError) {
        epoll = Descriptor(adopting: try checked("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        let flags = Int32(EFD_CLOEXEC | EFD_NONBLOCK)
        wakeUp = Descriptor(adopting: try checked("eventfd") { eventfd(0, flags) })
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: Self.wakeUpKey))
        try checked("epoll_ctl") { epoll_ctl(epoll.number, EPOLL_CTL_ADD, wakeUp.number, &event) }
    }

    deinit { readBuffer.deallocate() }

    /// Starts a task on this loop; its child tasks stay on it too.
    @discardableResult
    public func spawn<Success: Sendable>(
        _ operation: sending @escaping @isolated(any) () async -> Success
    ) -> Task<Success, Never> {
        Task(executorPreference: self, operation: operation)
    }

    /// Runs tasks on the calling thread until `stop`.
    public func run() {
        thread = pthread_self()
        defer { thread = nil }
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while !stopped.load(ordering: .acquiring) {
            runJobs()
            let count = epoll_wait(epoll.number, &events, Int32(events.count), waitMilliseconds())
            for event in events.prefix(max(0, Int(count))) { dispatch(event) }
            timers.expire(at: monotonicNanoseconds())
        }
    }

    /// Makes `run` return; tasks that still wait are left where they are. From any thread.
    public func stop() {
        stopped.store(true, ordering: .releasing)
        wake()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            localJobs.append(job)
        } else if remoteJobs.withLock({ jobs in
            jobs.append(job)
            return jobs.count == 1
        }) {
            // The first one wakes the loop, which then takes them all.
            wake()
        }
    }

    var isCurrent: Bool {
        guard let thread else { return false }
        return pthread_equal(thread, pthread_self()) != 0
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp.number, &one, 8)
    }

    private func runJobs() {
        localJobs += remoteJobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        // One round: jobs that these add wait until the descriptors were looked at, so nobody starves.
        let round = localJobs
        localJobs = []
        for job in round { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func waitMilliseconds() -> Int32 {
        if !localJobs.isEmpty { return 0 }
        guard let next = timers.next else { return -1 }
        let now = monotonicNanoseconds()
        if next <= now { return 0 }
        return Int32(clamping: (next - now + 999_999) / 1_000_000)
    }

    private func dispatch(_ event: epoll_event) {
        if event.data.u64 == Self.wakeUpKey {
            var count: UInt64 = 0
            _ = read(wakeUp.number, &count, 8)
            return
        }
        guard let watch = watches[event.data.u64] else { return }
        let failed = event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        if failed || event.events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 { watch.reader.end(.ready) }
        if failed || event.events & EPOLLOUT.rawValue != 0 { watch.writer.end(.ready) }
    }

    // MARK: What Watch and Alarm need

    func register(_ watch: Watch, descriptor: Int32) throws(SystemError) {
        let key = nextWatch
        nextWatch += 1
        let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        var event = epoll_event(events: interest, data: epoll_data_t(u64: key))
        try checked("epoll_ctl") { epoll_ctl(epoll.number, EPOLL_CTL_ADD, descriptor, &event) }
        watch.key = key
        watches[key] = watch
    }

    /// The descriptor leaves epoll by itself when it is closed.
    func forget(_ watch: Watch) { watches[watch.key] = nil }

    func schedule(_ waiter: Waiter) { timers.add(waiter) }
}
