// A folder for one test: sockets, files and a copy of the program in it that every user may run.

import Glibc

/// The program under test stands beside the test program.
let programPath: String = {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    let folder = own.prefix(upTo: own.lastIndex(of: UInt8(ascii: "/")) ?? 0)
    return String(decoding: folder, as: UTF8.self) + "/sendmail"
}()

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}

/// Fails with the system's reason where `result` is negative.
@discardableResult
func check<Number: SignedInteger>(_ result: Number, _ what: String) throws -> Number {
    guard result >= 0 else { throw Failure(what) }
    return result
}

func readFile(_ path: String) throws -> [UInt8] {
    let file = try check(open(path, O_RDONLY | O_CLOEXEC, 0), path)
    defer { close(file) }
    return try readAll(file)
}

/// Everything up to the end of file.
func readAll(_ descriptor: CInt) throws -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = try check(read(descriptor, &buffer, buffer.count), "read")
        if count == 0 { return all }
        all += buffer[..<count]
    }
}

final class Workspace {
    let path: String

    init() throws {
        var template = Array("/tmp/shim.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try check(chmod(path, 0o755), "chmod")
    }

    deinit {
        for name in entries() { unlink(path + "/" + name) }
        rmdir(path)
    }

    private func entries() -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    func file(_ name: String) -> String { path + "/" + name }

    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        let descriptor = try check(
            open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644), name)
        defer { close(descriptor) }
        let bytes = Array(bytes)
        try check(Glibc.write(descriptor, bytes, bytes.count), name)
        return file(name)
    }

    /// A message of `size` bytes that takes no room on the disk.
    func sparseMessage(_ size: Int) throws -> String {
        let path = try write("Subject: large\n\n".utf8, to: "message")
        try check(truncate(path, size), path)
        return path
    }

    /// Copied by another process: were this one to write it, a child that another test starts meanwhile could
    /// still have it open for writing, and a file that is cannot be run.
    func copyOfProgram() throws -> String {
        let copy = try Shim([programPath, file("sendmail")], in: self, program: "/bin/cp").outcome()
        guard copy.exitCode == 0 else { throw Failure(copy.error) }
        return file("sendmail")
    }
}
