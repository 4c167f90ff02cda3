// Signals as something a task reads, one after the other.
internal import CLinux

/// The signals a daemon is steered with.
public enum Signal: Int32, Sendable, CaseIterable {
    case terminate = 15
    case interrupt = 2
    case hangUp = 1
}

/// Signals of the whole process through signalfd(2). Make it before other threads start: they inherit
/// the blocked mask.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class SignalSource: @unchecked Sendable {
    private let watch: Watch

    public init(_ signals: [Signal] = Signal.allCases, on loop: EventLoop) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for one in signals { sigaddset(&set, one.rawValue) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        linux_ignore_broken_pipe()
        let flags = Int32(SFD_CLOEXEC | SFD_NONBLOCK)
        let number = try checked("signalfd") { signalfd(-1, &set, flags) }
        watch = try Watch(Descriptor(adopting: number), on: loop)
    }

    /// The next signal; nil after `close`.
    public func next() async -> Signal? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        let count = try? await watch.attempt("read", waiting: watch.reader, until: .never) {
            CLinux.read($0, &info, size)
        }
        return count == size ? Signal(rawValue: Int32(info.ssi_signo)) : nil
    }

    public func close() { watch.close() }
}
