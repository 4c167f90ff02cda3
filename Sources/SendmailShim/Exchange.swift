// The dialogue with the daemon: sends the request and the message from standard input, in constant memory,
// and reads the answer at the same time, so that an early verdict is seen at once and neither side waits
// for the other. Throws Complaint for every end but a verdict with exit code 0.

import CLinux

struct Exchange {
    private enum Sending {
        /// Standard input has more.
        case message
        /// The end mark is in the buffer.
        case end
        /// All is written: from here on the daemon may have accepted it.
        case complete
        /// The daemon takes no more; a verdict may still be there to read.
        case broken
    }

    private var sending: Sending
    private let isSubmission: Bool
    private var encoder = MessageEncoder()
    private var decoder = AnswerDecoder()
    /// What is to be written to the socket: `pending` of it.
    private var outgoing: [UInt8]
    private var pending: Range<Int>
    /// A data frame is read into this, behind its header.
    private var incoming = [UInt8](repeating: 0, count: 4_096)

    init(opening: [UInt8], readsMessage: Bool) {
        isSubmission = readsMessage
        sending = readsMessage ? .message : .end
        outgoing = readsMessage ? opening : opening + encoder.end()
        pending = 0..<outgoing.count
    }

    mutating func run(_ socket: borrowing DaemonSocket) throws(Complaint) {
        while true {
            let ready = try wait(socket.descriptor)
            if ready.answer, let verdict = try receive(socket.descriptor) { return try end(verdict) }
            if ready.socket { send(socket.descriptor) }
            if ready.input { try readMessage() }
        }
    }

    /// Waits for what can go on: the answer always, writing while something is pending, reading when nothing is.
    private func wait(_ socket: CInt) throws(Complaint) -> (answer: Bool, socket: Bool, input: Bool) {
        let writes = sending != .broken && !pending.isEmpty
        let reads = sending == .message && pending.isEmpty
        var waiting = [
            pollfd(fd: socket, events: Int16(writes ? POLLIN | POLLOUT : POLLIN), revents: 0),
            // A negative descriptor is left out (poll(2)).
            pollfd(fd: reads ? StandardStream.input.descriptor : -1, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&waiting, 2, -1) >= 0 else {
            guard linux_errno() == EINTR else {
                throw Complaint(.osError, "cannot wait for the daemon: \(reason(linux_errno()))")
            }
            return (false, false, false)
        }
        let events = waiting[0].revents
        return (
            answer: events & ~Int16(POLLOUT) != 0, socket: writes && events & Int16(POLLOUT) != 0,
            input: waiting[1].revents != 0
        )
    }
}

// Sending.
extension Exchange {
    private mutating func send(_ socket: CInt) {
        let count = outgoing.withUnsafeBytes {
            write(socket, $0.baseAddress.map { $0 + pending.lowerBound }, pending.count)
        }
        if count >= 0 {
            pending = pending.lowerBound + count..<pending.upperBound
            if pending.isEmpty, sending == .end { sending = .complete }
        } else if linux_errno() != EAGAIN, linux_errno() != EINTR {
            sending = .broken
        }
    }

    /// Reads the next piece of the message straight into its frame.
    private mutating func readMessage() throws(Complaint) {
        let size = Frame.headerLength + Frame.maximumPayload
        if outgoing.count != size { outgoing = [UInt8](repeating: 0, count: size) }
        let count = outgoing.withUnsafeMutableBytes {
            read(
                StandardStream.input.descriptor, $0.baseAddress.map { $0 + Frame.headerLength },
                Frame.maximumPayload)
        }
        if count > 0 {
            encoder.putDataHeader(count, into: &outgoing)
            pending = 0..<Frame.headerLength + count
        } else if count == 0 {
            outgoing = encoder.end()
            pending = 0..<outgoing.count
            sending = .end
        } else if linux_errno() != EAGAIN, linux_errno() != EINTR {
            // Without its end mark the daemon keeps nothing of it.
            throw Complaint(.ioError, "cannot read the message: \(reason(linux_errno())): nothing was sent")
        }
    }
}

// The answer.
extension Exchange {
    private mutating func receive(_ socket: CInt) throws(Complaint) -> Verdict? {
        let count = incoming.withUnsafeMutableBytes { read(socket, $0.baseAddress, $0.count) }
        if count < 0, linux_errno() == EAGAIN || linux_errno() == EINTR { return nil }
        guard count > 0 else { throw lost }
        var input = incoming[..<count]
        while let event = try next(&input) {
            switch event {
            case .output(let bytes): try StandardStream.output.write(bytes)
            case .verdict(let verdict): return verdict
            }
        }
        return nil
    }

    private mutating func next(_ input: inout ArraySlice<UInt8>) throws(Complaint) -> AnswerDecoder.Event? {
        do throws(WireError) {
            return try decoder.next(&input)
        } catch {
            throw Complaint(
                .software,
                "the answer is not smarthostd's (\(error.text)): does another program own the socket? \(fate)"
            )
        }
    }

    private func end(_ verdict: Verdict) throws(Complaint) {
        guard verdict.exitCode == .ok else {
            if !verdict.text.isEmpty { throw Complaint(verdict.exitCode, "\(verdict.text)") }
            throw Complaint(
                verdict.exitCode, "refused without a reason, exit code \(Int(verdict.exitCode.rawValue))")
        }
        guard sending == .complete else {
            throw Complaint(.software, "the daemon accepted before the message was complete: look at its log")
        }
    }

    /// The connection ended without a verdict.
    private var lost: Complaint { Complaint(.unavailable, "the daemon closed the connection \(fate)") }

    private var fate: Text {
        guard isSubmission else { return "before it answered: look at its log" }
        if sending != .complete { return "before the message was complete: nothing was sent, send it again" }
        return "after the message was complete: it may have been accepted, look at mailq before sending again"
    }
}
