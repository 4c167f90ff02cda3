// A listening socket: inherited, or made at a path with the owner and mode that decide who may connect.
internal import CLinux

/// A listening stream socket.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class Listener: @unchecked Sendable {
    private let watch: Watch
    /// The path to remove at the end; nil for an inherited socket, which others own.
    private let ownPath: String?

    /// Takes over an inherited descriptor, which must be a listening stream socket.
    public init(inherited number: Int32, on loop: EventLoop) throws(SystemError) {
        let descriptor = Descriptor(adopting: number)
        var accepts: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try checked("getsockopt SO_ACCEPTCONN on descriptor \(number)") {
            getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length)
        }
        guard accepts != 0 else { throw SystemError("accept on descriptor \(number)", number: EINVAL) }
        try checked("fcntl") { linux_set_close_on_exec(number) }
        try setNonBlocking(number)
        watch = try Watch(descriptor, on: loop)
        ownPath = nil
    }

    /// Makes a Unix socket. A stale one is removed, one that somebody answers on is not: that fails with
    /// EADDRINUSE. Nobody can connect before owner and mode are set.
    public init(
        path: String, user: UInt32?, group: UInt32?, mode: UInt32, backlog: Int32 = 1024,
        on loop: EventLoop
    ) throws(SystemError) {
        guard let address = SocketAddress(path: path) else {
            throw SystemError("bind \(path)", number: ENAMETOOLONG)
        }
        try Self.removeStaleSocket(at: address)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = Descriptor(adopting: try checked("socket") { socket(AF_UNIX, type, 0) })
        // Linux gives the name the socket's own mode: nobody can connect before owner and mode are right. The
        // umask would do the same to whatever another thread creates meanwhile.
        try checked("fchmod \(path)") { fchmod(descriptor.number, 0) }
        try bindSocket(descriptor.number, to: address)
        do throws(SystemError) {
            try checked("listen \(path)") { listen(descriptor.number, backlog) }
            if user != nil || group != nil {
                try checked("chown \(path)") { chown(path, user ?? .max, group ?? .max) }
            }
            try checked("chmod \(path)") { chmod(path, mode) }
            watch = try Watch(descriptor, on: loop)
        } catch {
            unlink(path)
            throw error
        }
        ownPath = path
    }

    private static func removeStaleSocket(at address: SocketAddress) throws(SystemError) {
        let path = address.description
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & UInt32(S_IFMT) == S_IFSOCK else {
            throw SystemError("bind \(path)", number: EEXIST)
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let probe = Descriptor(adopting: try checked("socket") { socket(AF_UNIX, type, 0) })
        let result = address.withPointer { connect(probe.number, $0, $1) }
        // Only a refusal proves that nobody listens; a full backlog (EAGAIN) is somebody busy.
        guard result != 0, linux_errno() == ECONNREFUSED else {
            throw SystemError("bind \(path)", number: EADDRINUSE)
        }
        try checked("unlink \(path)") { unlink(path) }
    }

    /// The next connection. Throws `.closed` after `close`, and what the system lacks to accept one: those who
    /// wait in the backlog are served when it has some again.
    public func accept() async throws(IOFailure) -> StreamSocket {
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        while true {
            do throws(IOFailure) {
                let number = try await watch.attempt("accept", waiting: watch.reader, until: .never) {
                    Int(accept4($0, nil, nil, flags))
                }
                return try StreamSocket(accepted: Descriptor(adopting: Int32(number)), on: watch.loop)
            } catch .system(let error) where error.number == ECONNABORTED {
                continue
            }
        }
    }

    /// Stops listening and removes the path where it was made here.
    public func close() {
        watch.close()
        if let ownPath { unlink(ownPath) }
    }
}
