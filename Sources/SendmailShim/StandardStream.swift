// Standard input, output and error: plain reads and writes that go on after a signal.
// `write` throws EX_IOERR.

import CLinux

struct StandardStream {
    static let input = StandardStream(descriptor: 0)
    static let output = StandardStream(descriptor: 1)
    static let error = StandardStream(descriptor: 2)

    let descriptor: CInt

    var isOpen: Bool { linux_is_open(descriptor) }

    func write(_ bytes: ArraySlice<UInt8>) throws(Complaint) {
        // A reader that has seen enough (`mailq | head`) is no failure.
        guard put(bytes) || linux_errno() == EPIPE else {
            throw Complaint(.ioError, "cannot write to standard output: \(reason(linux_errno()))")
        }
    }

    /// One line, whatever is in it; where it cannot be written there is nobody to tell.
    func writeLine(_ text: Text) {
        let line = text.bytes.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 } + [0x0A]
        _ = put(line[...])
    }

    private func put(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { CLinux.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if linux_errno() == EAGAIN {
                // Somebody made the terminal or pipe non-blocking.
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wanted, 1, -1)
            } else if linux_errno() != EINTR {
                return false
            }
        }
        return true
    }
}

/// The system's words for an error number, and the number.
func reason(_ code: CInt) -> Text {
    guard let words = strerror(code) else { return "error \(Int(code))" }
    return "\(Array(UnsafeRawBufferPointer(start: words, count: strlen(words)))) (errno \(Int(code)))"
}
