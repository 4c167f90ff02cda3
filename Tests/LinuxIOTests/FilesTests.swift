// Files on a real file system.
import LinuxIO
import Testing

@Suite struct FilesTests {
    @Test func writesSyncsReadsAndLimits() throws {
        let folder = temporaryPath("files") + "/a/b"
        try Files.makeDirectory(folder, mode: 0o700)
        let path = folder + "/one"
        let file = try File(path: path, .create(mode: 0o640))
        try file.write(Array("hello".utf8))
        try file.sync()
        try Files.syncDirectory(folder)
        #expect(try Files.read(path, limit: 5) == Array("hello".utf8))
        #expect(throws: SystemError.self) { try Files.read(path, limit: 4) }
        #expect(throws: SystemError.self) { _ = try File(path: path, .create(mode: 0o600)) }
        #expect(try Files.names(in: folder) == ["one"])
        let metadata = try FileMetadata(path: path)
        #expect(metadata.size == 5 && metadata.mode == 0o640 && metadata.isRegular)
        try Files.remove(path)
        #expect(throws: SystemError.self) { try FileMetadata(path: path) }
    }

    @Test func onlyOneHolderGetsTheLock() throws {
        let path = temporaryPath("lock")
        let first = try File(path: path, .readWrite(mode: 0o600))
        #expect(try first.tryLock())
        let second = try File(path: path, .readWrite(mode: 0o600))
        #expect(try second.tryLock() == false)
        try first.replaceContent(Array("12345".utf8))
        try first.replaceContent(Array("1".utf8))
        #expect(try Files.read(path, limit: 10) == Array("1".utf8))
        try Files.remove(path)
    }
}
