// A folder of one test's own, and waiting for what happens elsewhere. Throws TestFailure.
import Glibc

/// What went wrong around a test, with the system's reason where it had one.
public struct TestFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ what: String, errno number: Int32? = nil) {
        description = number.map { "\(what): \(String(cString: strerror($0)))" } ?? what
    }
}

/// Fails with the system's reason where the result is negative.
@discardableResult
public func check<Number: SignedInteger>(_ result: Number, _ what: String) throws -> Number {
    guard result >= 0 else { throw TestFailure(what, errno: errno) }
    return result
}

/// Looks again and again until it is so; throws when it takes longer than anything should.
public func waitUntil(_ what: String, seconds: Int = 30, _ holds: () throws -> Bool) throws {
    for _ in 0..<(seconds * 200) {
        if try holds() { return }
        usleep(5_000)
    }
    throw TestFailure("waited \(seconds) s in vain until \(what)")
}

/// Made empty, and removed with all that is in it when nobody holds it any more.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        var template = Array("/tmp/smarthost.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp", errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try check(chmod(path, 0o755), "chmod")
    }

    deinit { Self.remove(path) }

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and gives its path.
    @discardableResult
    public func write(_ bytes: some Sequence<UInt8>, to name: String, mode: UInt32 = 0o600) throws -> String {
        let descriptor = try check(open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode), name)
        defer { close(descriptor) }
        try check(fchmod(descriptor, mode), name)
        let bytes = Array(bytes)
        try check(Glibc.write(descriptor, bytes, bytes.count), name)
        return file(name)
    }

    @discardableResult
    public func write(_ text: String, to name: String, mode: UInt32 = 0o600) throws -> String {
        try write(text.utf8, to: name, mode: mode)
    }

    /// The names in a folder of it, sorted; none where there is no such folder.
    public func names(in name: String = ".") -> [String] { Self.names(file(name)).sorted() }

    private static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

/// A whole file.
public func readFile(_ path: String) throws -> [UInt8] {
    let descriptor = try check(open(path, O_RDONLY | O_CLOEXEC, 0), path)
    defer { close(descriptor) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = try check(read(descriptor, &buffer, buffer.count), path)
        if count == 0 { return all }
        all += buffer[..<count]
    }
}
