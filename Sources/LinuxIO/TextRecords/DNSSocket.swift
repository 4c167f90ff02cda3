// A socket that is connected to a name server, for one question. Every wait ends with the deadline; whatever
// fails, a refused connection too, throws TextRecordFailure.Kind.noAnswer.
internal import CLinux

struct DNSSocket: ~Copyable {
    enum Transport { case datagram, stream }

    private let descriptor: Descriptor
    private let deadline: Deadline

    init(
        to server: DNSServer, _ transport: Transport, until deadline: Deadline
    ) throws(TextRecordFailure.Kind) {
        let type = transport == .datagram ? SOCK_DGRAM : SOCK_STREAM
        let flags = Int32(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        // Without a descriptor every further call fails too.
        descriptor = Descriptor(adopting: socket(server.address.family, flags, 0))
        self.deadline = deadline
        let number = descriptor.number
        let result = server.address.withPointer { connect(number, $0, $1) }
        if result == 0 { return }
        guard linux_errno() == EINPROGRESS else { throw .noAnswer }
        try wait(for: POLLOUT)
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &length) == 0, error == 0 else {
            throw .noAnswer
        }
    }

    func send(_ bytes: [UInt8]) throws(TextRecordFailure.Kind) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try repeated(POLLOUT) {
                rest.withUnsafeBytes {
                    CLinux.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
            }
            rest = rest.dropFirst(count)
        }
    }

    /// The next datagram, or what a stream has just now; empty at a stream's end.
    func receive(atMost limit: Int = 65_535) throws(TextRecordFailure.Kind) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = try repeated(POLLIN) { recv(descriptor.number, &buffer, limit, 0) }
        return Array(buffer.prefix(count))
    }

    func receive(exactly count: Int) throws(TextRecordFailure.Kind) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive(atMost: count - bytes.count)
            if more.isEmpty { throw .unreadable }
            bytes += more
        }
        return bytes
    }

    private func repeated(
        _ event: Int32, _ call: () -> Int
    ) throws(TextRecordFailure.Kind) -> Int {
        while true {
            try wait(for: event)
            let count = call()
            if count >= 0 { return count }
            guard [EINTR, EAGAIN].contains(linux_errno()) else { throw .noAnswer }
        }
    }

    private func wait(for event: Int32) throws(TextRecordFailure.Kind) {
        var poller = pollfd(fd: descriptor.number, events: Int16(event), revents: 0)
        while !deadline.hasPassed {
            let ready = poll(&poller, 1, deadline.remainingMilliseconds)
            if ready > 0 { return }
            if ready < 0 && linux_errno() != EINTR { break }
        }
        throw .noAnswer
    }
}
