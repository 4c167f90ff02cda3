// Standard input and output for filters: every byte, and what the system says when it goes wrong.
internal import CLinux

/// The process's standard input.
public enum StandardInput {
    /// The next bytes, none at the end.
    public static func read(upTo most: Int = 65_536) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: most)
        let count = try checked("read standard input") { CLinux.read(0, &buffer, most) }
        buffer.removeLast(most - count)
        return buffer
    }

    /// Where the next byte is read from; nil for a pipe and whatever else cannot be read twice.
    public static var position: Int? {
        let offset = lseek(0, 0, SEEK_CUR)
        return offset < 0 ? nil : offset
    }

    /// Goes to a position; false where that cannot be done.
    public static func seek(to position: Int) -> Bool { lseek(0, position, SEEK_SET) == position }
}

/// The process's standard output.
public enum StandardOutput {
    /// Writes all of it.
    public static func write(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            written += try checked("write standard output") {
                bytes.withUnsafeBytes { all in
                    let rest = UnsafeRawBufferPointer(rebasing: all[written...])
                    return CLinux.write(1, rest.baseAddress, rest.count)
                }
            }
        }
    }
}
