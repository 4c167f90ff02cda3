// A connected stream socket as tasks use it: every call returns at once or lets others run until its
// deadline.
internal import CLinux

/// A connected stream socket, TCP or Unix.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class StreamSocket: @unchecked Sendable {
    private let watch: Watch

    /// Takes over a connected descriptor.
    init(accepted descriptor: consuming Descriptor, on loop: EventLoop) throws(IOFailure) {
        do throws(SystemError) { watch = try Watch(descriptor, on: loop) } catch { throw .system(error) }
    }

    /// Connects; throws `.timedOut` after the deadline, else what the system said.
    public static func connect(
        to address: SocketAddress, from source: SocketAddress? = nil, on loop: EventLoop,
        until deadline: Deadline
    ) async throws(IOFailure) -> StreamSocket {
        try await ConnectionAttempt(to: address, from: source, on: loop).finish(until: deadline)
    }

    init(_ watch: Watch) { self.watch = watch }

    /// What has arrived, waiting for the first of it; empty at the end of the input.
    public func read(upTo most: Int = 65_536, until deadline: Deadline) async throws(IOFailure) -> [UInt8] {
        let buffer = watch.loop.readBuffer
        var bytes: [UInt8] = []
        _ = try await watch.attempt("recv", waiting: watch.reader, until: deadline) { descriptor in
            let count = recv(descriptor, buffer.baseAddress, min(most, buffer.count), 0)
            // At once: the next task to run reads into the same buffer.
            if count > 0 { bytes = Array(buffer[..<count]) }
            return count
        }
        return bytes
    }

    /// Writes all of it.
    public func write(
        _ bytes: some Collection<UInt8>, until deadline: Deadline
    ) async throws(IOFailure) {
        let bytes = ContiguousArray(bytes)
        var sent = 0
        while sent < bytes.count {
            sent += try await watch.attempt("send", waiting: watch.writer, until: deadline) { descriptor in
                bytes.withUnsafeBytes { raw in
                    let rest = UnsafeRawBufferPointer(rebasing: raw[sent...])
                    return send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// A task that waits for input gets `.closed`, and so does every later one; writing goes on.
    public func stopReading() { watch.stopReading() }

    /// Tells the peer that nothing more comes.
    public func shutDownWriting() { _ = shutdown(watch.descriptor, Int32(SHUT_WR)) }

    /// Closes it; a task that waits on it gets `.closed`.
    public func close() { watch.close() }

    /// Whether an idle connection has ended or said something unasked: it then cannot be used any more.
    public var hasInputOrEnded: Bool {
        if watch.isClosed { return true }
        var byte: UInt8 = 0
        let count = recv(watch.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count >= 0 || linux_errno() != EAGAIN
    }

    /// Who connected, as the kernel saw it (SO_PEERCRED); Unix sockets only.
    public func peerCredentials() throws(SystemError) -> PeerCredentials {
        var credentials = linux_credentials()
        var length = socklen_t(MemoryLayout<linux_credentials>.size)
        try checked("getsockopt SO_PEERCRED") {
            getsockopt(watch.descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length)
        }
        return PeerCredentials(
            userID: credentials.uid, groupID: credentials.gid, processID: credentials.pid)
    }
}

/// A peer's identity when it connected. The process id is 0 where it lives in another PID namespace.
public struct PeerCredentials: Hashable, Sendable {
    public let userID: UInt32
    public let groupID: UInt32
    public let processID: Int32

    public init(userID: UInt32, groupID: UInt32, processID: Int32) {
        self.userID = userID
        self.groupID = groupID
        self.processID = processID
    }
}

func bindSocket(_ descriptor: Int32, to address: SocketAddress) throws(SystemError) {
    try checked("bind \(address)") { address.withPointer { bind(descriptor, $0, $1) } }
}

/// Dialogues write whole commands: waiting for more to send only adds delay.
func disableDelay(_ descriptor: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
}

func pendingError(_ descriptor: Int32) -> Int32 {
    var number: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0 ? number : linux_errno()
}
