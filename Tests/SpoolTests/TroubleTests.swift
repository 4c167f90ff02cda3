// A spool that is in use, unsafe, damaged, from the future or full says so and what to do; it never crashes.
import LinuxIO
import MailCore
import Testing

@testable import Spool

@Suite struct TroubleTests {
    @Test func aSecondOpenerLearnsWhoHasIt() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { _ in
            let expected = SpoolFailure.locked(directory: folder.path, processID: Host.processID)
            #expect(throws: expected) { try SQLiteSpool.open(directory: folder.path) }
            #expect(expected.description.contains("process \(Host.processID)"))
        }
        try await withSpool(in: folder) { _ in }
    }

    @Test func whatOthersMayEnterIsRefused() throws {
        let folder = TemporaryFolder()
        try Files.makeDirectory(folder.path, mode: 0o755)
        #expect(
            throws: SpoolFailure.notPermitted(
                "others may enter \(folder.path) (mode 755): chmod 700 \(folder.path)")
        ) {
            try SQLiteSpool.open(directory: folder.path)
        }
    }

    @Test(.enabled(if: User.effectiveIDs.user == 0)) func whatBelongsToOthersIsRefused() throws {
        let folder = TemporaryFolder()
        try Files.makeDirectory(folder.path, mode: 0o700)
        try shell("chown 54321 \(folder.path)")
        #expect { try SQLiteSpool.open(directory: folder.path) } throws: { error in
            "\(error)".contains("belongs to 54321") && "\(error)".contains("chown -R")
        }
    }

    @Test func itsFilesAreForItsOwnerOnly() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            _ = try await spool.store(newMessage(), [UInt8](repeating: 65, count: 300_000))
            #expect(try FileMetadata(path: folder.path).mode == 0o700)
            for name in try Files.names(in: folder.path) {
                #expect(try FileMetadata(path: "\(folder.path)/\(name)").mode & 0o077 == 0, "\(name)")
            }
            let bodies = folder.path + "/bodies"
            for name in try Files.names(in: bodies) {
                #expect(try FileMetadata(path: "\(bodies)/\(name)").mode == 0o600)
            }
        }
    }

    @Test func aNewerFormatIsLeftAlone() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            try await spool.perform { database throws(SpoolFailure) in
                try database.execute("PRAGMA user_version = 99")
            }
        }
        let expected = SpoolFailure.newerFormat(found: 99, supported: Schema.version)
        #expect(throws: expected) { try SQLiteSpool.open(directory: folder.path) }
        #expect(throws: expected) { try SQLiteSpool.openForReading(directory: folder.path) }
    }

    @Test(arguments: ["missing", "short", "long"]) func aBodyFileThatIsNotWhole(damage: String) async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            let id = try await spool.store(newMessage(), [UInt8](repeating: 65, count: 300_000))
            let name = try #require(try Files.names(in: folder.path + "/bodies").first)
            let path = "\(folder.path)/bodies/\(name)"
            switch damage {
            case "missing": try Files.remove(path)
            case "short": try File(path: path, .readWrite(mode: 0)).replaceContent([1, 2, 3])
            default: try File(path: path, .append(mode: 0)).write([1])
            }
            await #expect {
                _ = try await spool.body(id)
            } throws: { error in
                guard case SpoolFailure.damaged(let text) = error else { return false }
                return text.contains(path)
            }
            // Everything else goes on, and it can be removed.
            #expect(try await spool.list(limit: 5).map(\.id) == [id])
            #expect(try await spool.wholeBody(spool.store(newMessage(), [1])) == [1])
            #expect(try await spool.remove(id))
        }
    }

    @Test func aBodyFileCutShortWhileItIsRead() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            let id = try await spool.store(newMessage(), [UInt8](repeating: 65, count: 300_000))
            let name = try #require(try Files.names(in: folder.path + "/bodies").first)
            let reader = try await spool.body(id)
            #expect(try await reader.next() != nil)
            try File(path: "\(folder.path)/bodies/\(name)", .readWrite(mode: 0)).replaceContent([1])
            await #expect(throws: SpoolFailure.self) { while try await reader.next() != nil {} }
        }
    }

    /// Every page overwritten in turn: opening, listing or reading says `damaged`, or did not need it.
    @Test func damagedPagesAreReported() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in
            for number in 0..<50 { _ = try await spool.store(newMessage(arrival: Int64(number))) }
        }
        let size = try FileMetadata(path: folder.path + "/queue.sqlite").size
        var reports = 0
        for page in 0..<size / 4096 {
            let copy = try folder.copy()
            try shell(
                "head -c 4096 /dev/zero | tr '\\0' '\\245' | "
                    + "dd of=\(copy.path)/queue.sqlite bs=4096 seek=\(page) conv=notrunc status=none")
            do throws(SpoolFailure) {
                let spool = try SQLiteSpool.open(directory: copy.path)
                let failure = await useEverything(spool)
                await spool.close()
                if let failure { throw failure }
            } catch {
                guard case .damaged = error else {
                    Issue.record("page \(page): \(error)")
                    continue
                }
                reports += 1
            }
        }
        #expect(reports >= 5)
    }

    private func useEverything(_ spool: SQLiteSpool) async -> SpoolFailure? {
        do throws(SpoolFailure) {
            for message in try await spool.list(limit: 100) {
                _ = try await spool.header(message.id)
                try await spool.record(
                    [RecipientOutcome(recipient: 0, .deferred(temporaryFailure))], for: message.id,
                    nextAttempt: 1)
            }
            for id in try await spool.due(at: 100, limit: 100, excluding: [], accounts: []).map(\.id) {
                _ = try await spool.message(id)
            }
            return nil
        } catch { return error }
    }

    @Test func whatIsNoBodyFileIsLeftAlone() async throws {
        let folder = TemporaryFolder()
        try await withSpool(in: folder) { spool in _ = try await spool.store(newMessage()) }
        let bodies = folder.path + "/bodies"
        try Files.makeDirectory(bodies + "/lost+found", mode: 0o700)
        try shell("mkfifo \(bodies)/pipe && ln -s nowhere \(bodies)/link")
        try File(path: bodies + "/orphan", .create(mode: 0o600)).write([1])
        try await withSpool(in: folder) { spool in
            #expect(spool.removedOrphans == 1)
            let count = try await spool.count()
            #expect(count == 1)
        }
        #expect(try Set(Files.names(in: bodies)) == ["lost+found", "pipe", "link"])
    }

    @Test func aFileThatIsNoDatabaseIsDamaged() throws {
        let folder = TemporaryFolder()
        try Files.makeDirectory(folder.path, mode: 0o700)
        try File(path: folder.path + "/queue.sqlite", .create(mode: 0o600)).write(Array("hello, world".utf8))
        #expect { try SQLiteSpool.open(directory: folder.path) } throws: { error in
            if case SpoolFailure.damaged = error { true } else { false }
        }
    }
}
