// A connection on its way: begun, waited for, or given up by somebody else. Throws IOFailure.
internal import CLinux

/// A connection being made to one address.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class ConnectionAttempt: @unchecked Sendable {
    private let address: SocketAddress
    private let watch: Watch

    /// Makes the socket; `source` is the address to connect from, where it matters.
    public init(
        to address: SocketAddress, from source: SocketAddress? = nil, on loop: EventLoop
    ) throws(IOFailure) {
        self.address = address
        do throws(SystemError) {
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = Descriptor(
                adopting: try checked("socket") { socket(address.family, type, 0) })
            if let source { try bindSocket(descriptor.number, to: source) }
            if address.family != AF_UNIX { disableDelay(descriptor.number) }
            watch = try Watch(descriptor, on: loop)
        } catch {
            throw .system(error)
        }
    }

    /// Waits for the connection. Throws `.timedOut` after the deadline, `.closed` where it was given up, else
    /// what the system said; nothing is left open then.
    public func finish(until deadline: Deadline) async throws(IOFailure) -> StreamSocket {
        do throws(IOFailure) {
            try await connect(until: deadline)
        } catch {
            // The loop holds what it watches: nobody else would close it.
            watch.close()
            throw error
        }
        return StreamSocket(watch)
    }

    /// Gives the attempt up before `finish` has returned.
    public func cancel() { watch.close() }

    private func connect(until deadline: Deadline) async throws(IOFailure) {
        while true {
            if watch.isClosed { throw .closed }
            if address.withPointer({ CLinux.connect(watch.descriptor, $0, $1) }) == 0 { return }
            switch linux_errno() {
            case EINTR: continue
            case EISCONN: return
            case EINPROGRESS, EALREADY: break
            // A Unix listener's backlog is full: it says so at once and offers nothing to wait on.
            case EAGAIN where !deadline.hasPassed:
                await Alarm(on: watch.loop).sleep(until: min(deadline, .after(.milliseconds(5))))
                continue
            case let number: throw .system(SystemError("connect", number: number))
            }
            switch await watch.writer.wait(until: deadline, on: watch.loop) {
            case .ready: break
            case .timedOut: throw .timedOut
            case .closed: throw .closed
            }
            let number = pendingError(watch.descriptor)
            if number != 0 { throw .system(SystemError("connect", number: number)) }
        }
    }
}
