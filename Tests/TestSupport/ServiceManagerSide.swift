// What systemd is to a service: the socket that it holds while the service does not run, and the one on
// which the service tells how it goes. Throws TestFailure.
import Glibc

/// A listening socket that outlives the programs that are given it.
public final class ActivationSocket: Sendable {
    public let descriptor: Int32

    public init(path: String) throws {
        descriptor = try TestAddress.unix(path: path).bound(SOCK_STREAM)
        try check(listen(descriptor, 64), "listen")
    }

    deinit { close(descriptor) }

    /// Whether somebody waits to be accepted.
    public var hasCaller: Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) == 1
    }
}

/// NOTIFY_SOCKET.
public final class NotifySocket: Sendable {
    private let descriptor: Int32

    public init(path: String) throws {
        descriptor = try TestAddress.unix(path: path).bound(SOCK_DGRAM)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next assignments; throws when none come for half a minute.
    public func next() throws -> [String] {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = try check(recv(descriptor, &buffer, buffer.count, 0), "the daemon tells nothing")
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Reads on until something with that in it comes.
    @discardableResult
    public func wait(for text: String) throws -> [String] {
        while true {
            let assignments = try next()
            if assignments.contains(where: { $0.contains(text) }) { return assignments }
        }
    }
}
