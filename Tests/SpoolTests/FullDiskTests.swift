// A file system without room refuses new mail, keeps what it has, and works again when there is room.
import LinuxIO
import MailCore
import Testing

@testable import Spool

@Suite(.enabled(if: User.effectiveIDs.user == 0, "mounting a small tmpfs needs root")) struct FullDiskTests {
    @Test(arguments: [100, 300_000]) func refusesKeepsAndRecovers(size: Int) async throws {
        let folder = try SmallDisk()
        let spool = try SQLiteSpool.open(directory: folder.path)
        let body = [UInt8](repeating: 65, count: size)
        let kept = try await spool.store(newMessage(), body)
        try folder.fill()
        var refused = 0
        for _ in 0..<200 {
            do {
                _ = try await spool.store(newMessage(), body)
            } catch let error as SpoolFailure {
                #expect(error.isStorageExhausted, "\(error)")
                refused += 1
            }
        }
        #expect(refused > 0)
        #expect(try await spool.count() == 201 - refused)
        #expect(try await spool.wholeBody(kept) == body)
        #expect(try Files.names(in: folder.path + "/bodies").count == (size > 100 ? 201 - refused : 0))

        try folder.makeRoom()
        let late = try await spool.store(newMessage(), body)
        #expect(try await spool.wholeBody(late) == body)
        #expect(try await spool.remove(kept))
        await spool.close()
    }
}

/// A mounted tmpfs of 2 MB.
private final class SmallDisk: Sendable {
    private let mountPoint = "/tmp/smarthost-disk-\(Host.processID)-\(UInt64.random(in: 0 ... .max))"
    var path: String { mountPoint + "/spool" }

    init() throws {
        try Files.makeDirectory(mountPoint, mode: 0o700)
        try shell("mount -t tmpfs -o size=2m,mode=700 none \(mountPoint)")
    }

    deinit {
        try? shell("umount -l \(mountPoint) && rmdir \(mountPoint)")
    }

    func fill() throws {
        let file = try File(path: mountPoint + "/filler", .create(mode: 0o600))
        while true {
            do throws(SystemError) {
                try file.write([UInt8](repeating: 0, count: 4096))
            } catch {
                return #expect(error.isStorageExhausted)
            }
        }
    }

    func makeRoom() throws { try Files.remove(mountPoint + "/filler") }
}
