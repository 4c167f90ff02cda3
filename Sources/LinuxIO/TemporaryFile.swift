// A file without a name: what is too much for memory and gone with the process, whatever ends it. These
// calls block. Throws SystemError.

/// An open file that nobody else can open, in TMPDIR, else /tmp.
public final class TemporaryFile {
    private let file: File
    /// How many bytes were written.
    public private(set) var size = 0

    public init() throws(SystemError) {
        let folder = environmentValue("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        let path = "\(folder)/smarthost-\(String(UInt64.random(in: 0 ... .max), radix: 32))"
        file = try File(path: path, .create(mode: 0o600))
        try Files.remove(path)
    }

    /// Writes at the end; where that fails the size stays what it was.
    public func append(_ bytes: [UInt8]) throws(SystemError) {
        try file.write(bytes.span)
        size += bytes.count
    }

    /// Bytes from an offset on, fewer than asked for only at the end.
    public func read(at offset: Int, upTo most: Int) throws(SystemError) -> [UInt8] {
        try file.read(at: offset, upTo: min(most, size - offset))
    }
}
