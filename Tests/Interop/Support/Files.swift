// Files and folders of one test. A folder goes with whoever holds it.

import Glibc

func readFile(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Failure.system(path) }
    defer { close(file) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(file, &buffer, buffer.count)
        guard count >= 0 else { throw Failure.system(path) }
        if count == 0 { return all }
        all += buffer[..<count]
    }
}

func writeFile(_ path: String, _ bytes: some Sequence<UInt8>, mode: mode_t = 0o600) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard file >= 0 else { throw Failure.system(path) }
    defer { close(file) }
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard count > 0 else { throw Failure.system(path) }
        rest = rest.dropFirst(count)
    }
}

/// The names in a folder; none where there is no folder.
func namesOfFiles(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}

/// A folder that everybody may enter, in the laboratory's tree: in memory, with short paths.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("\(Laboratory.root)/tmp/t.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure.system("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard chmod(path, 0o755) == 0 else { throw Failure.system(path) }
    }

    deinit { Self.remove(path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for name in namesOfFiles(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
