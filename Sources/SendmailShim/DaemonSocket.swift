// The connection to the daemon. Every way in which it can fail to come about has its own sentence,
// which names the path and what to do, and its own exit code.

import CLinux

struct DaemonSocket: ~Copyable {
    static var defaultPath: [UInt8] { Array("/run/smarthost/submit.sock".utf8) }

    /// Non-blocking, and never 0, 1 or 2.
    let descriptor: CInt

    init(_ path: [UInt8]) throws(Complaint) {
        descriptor = try Self.connected(to: path)
    }

    deinit { _ = close(descriptor) }

    /// The kernel waits this long for a place in the daemon's queue of connections; then it says EAGAIN.
    private static let patience = timeval(tv_sec: 30, tv_usec: 0)

    private static func connected(to path: [UInt8]) throws(Complaint) -> CInt {
        var address = try address(path)
        let descriptor = try open()
        guard connect(descriptor, &address) else {
            let code = linux_errno()
            _ = close(descriptor)
            throw refusal(path, code)
        }
        _ = linux_set_flags(descriptor, linux_get_flags(descriptor) | O_NONBLOCK)
        return descriptor
    }

    private static func address(_ path: [UInt8]) throws(Complaint) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.count <= room else {
            throw Complaint(
                .configuration,
                "\(path): the socket's path has \(path.count) bytes, the system allows \(room): choose a shorter one"
            )
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return address
    }

    /// A socket that leaves the standard streams alone: where the caller closed one of them, its number
    /// would be the socket's, and a message to standard error would go to the daemon.
    private static func open() throws(Complaint) -> CInt {
        let first = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard first > 2 || first < 0 else {
            let copy = linux_copy_above_standard(first)
            let code = linux_errno()
            _ = close(first)
            return try checked(copy, code)
        }
        return try checked(first, linux_errno())
    }

    private static func checked(_ descriptor: CInt, _ code: CInt) throws(Complaint) -> CInt {
        guard descriptor >= 0 else { throw Complaint(.osError, "cannot make a socket: \(reason(code))") }
        var patience = patience
        _ = setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    private static func connect(_ descriptor: CInt, _ address: inout sockaddr_un) -> Bool {
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafeBytes(of: &address) { bytes in
            let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            var result = CLinux.connect(descriptor, pointer, size)
            while result < 0, linux_errno() == EINTR { result = CLinux.connect(descriptor, pointer, size) }
            return result == 0
        }
    }
}

// Why there is no connection.
extension DaemonSocket {
    private static func refusal(_ path: [UInt8], _ code: CInt) -> Complaint {
        switch code {
        case ENOENT, ENOTDIR:
            Complaint(
                .unavailable,
                """
                \(path): no such socket: start the daemon (systemctl start smarthost.socket), in a container \
                mount the volume that holds its socket, or name the right path (--socket, SMARTHOST_SOCKET)
                """)
        case ECONNREFUSED:
            Complaint(
                .unavailable,
                "\(path): the file is there but no daemon listens on it: start smarthostd, and look at its log"
            )
        case EACCES, EPERM: denial(path)
        case EAGAIN:
            Complaint(
                .unavailable,
                """
                \(path): the daemon took no connection for \(patience.tv_sec) seconds: it is overloaded or hangs, \
                look at its log
                """)
        default: Complaint(.osError, "\(path): cannot connect: \(reason(code))")
        }
    }

    private static func denial(_ path: [UInt8]) -> Complaint {
        let caller: Text = "uid \(Int(geteuid())), gid \(Int(getegid()))"
        var status = stat()
        guard stat(path.map { CChar(bitPattern: $0) } + [0], &status) == 0 else {
            return Complaint(
                .noPermission,
                "\(path): permission denied for \(caller): a directory on the way is closed to this user")
        }
        return Complaint(
            .noPermission,
            """
            \(path): permission denied for \(caller): the socket belongs to uid \(Int(status.st_uid)), \
            gid \(Int(status.st_gid)), mode \(mode: status.st_mode): add the user to that group, or change \
            user=, group= or mode= where the daemon's configuration has "listen submit"
            """)
    }
}
