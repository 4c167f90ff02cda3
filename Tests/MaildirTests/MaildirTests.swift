// Delivery into a Maildir on a real file system.
import LinuxIO
import MailCore
import Testing

@testable import Maildir

@Suite struct MaildirTests {
    private let path = "/tmp/smarthost-maildir-\(Host.processID)-\(UInt64.random(in: 0 ... .max))"
    private let envelope = Envelope(
        reversePath: .address(EmailAddress(localPart: "a b", domain: "example.org")),
        recipients: [
            EmailAddress(localPart: "c", domain: "example.net"), EmailAddress(localPart: "root", domain: nil),
        ])

    /// Gives the body a Maildir and removes it afterwards.
    private func withMaildir<Value>(
        random: @escaping @Sendable () -> UInt64 = { 0xBEEF }, _ body: (Maildir) async throws -> Value
    ) async throws -> Value {
        let workers = try WorkerPool(threads: 1, named: "test")
        defer {
            workers.shutDown()
            _ = try? outputOfShellCommand("rm -rf \(path)", until: .after(.seconds(30)))
        }
        let names = MaildirNames(
            host: "mail.example", processID: 42, clock: { 1_700_000_000_123 }, random: random)
        return try await body(Maildir(path: path, names: names, workers: workers))
    }

    /// The pieces of a message, then nil.
    private func content(_ pieces: [[UInt8]]) -> Maildir.Content {
        var rest = pieces[...]
        return { () throws(DeliveryFailure) in rest.popFirst() }
    }

    @Test func storesWithTraceFieldsAndUnixLineEnds() async throws {
        try await withMaildir { maildir in
            let message = Array("Subject: hi\r\n\r\none\r\n\r\nCR \r alone\r\n\u{FC}\r\n".utf8)
            let file = try await maildir.deliver(envelope, content: content([message]))
            #expect(file == "\(path)/new/1700000000.M123000P42Rbeef.mail.example")
            let expected = """
                Return-Path: <"a b"@example.org>
                Delivered-To: c@example.net
                Delivered-To: root
                Subject: hi

                one

                CR \r alone
                \u{FC}

                """
            #expect(try Files.read(file, limit: 1000) == Array(expected.utf8))
            #expect(try FileMetadata(path: file).mode == 0o600)
            #expect(try FileMetadata(path: path).mode == 0o700)
            #expect(try Files.names(in: path).sorted() == ["cur", "new", "tmp"])
            #expect(try Files.names(in: path + "/tmp").isEmpty)
        }
    }

    @Test func theNullReversePathIsEmpty() async throws {
        try await withMaildir { maildir in
            let bounce = Envelope(reversePath: .null, recipients: [])
            let file = try await maildir.deliver(bounce, content: content([[65, 13, 10]]))
            #expect(try Files.read(file, limit: 1000) == Array("Return-Path: <>\nA\n".utf8))
        }
    }

    @Test(arguments: 0...20) func lineEndsDoNotDependOnThePieces(split: Int) {
        let message = Array("a\r\nb\r\r\n\r\n\rc\nd\r\n\r".utf8)
        var lineEnds = UnixLineEnds()
        let start = lineEnds.convert(Array(message.prefix(split)))
        let end = lineEnds.convert(Array(message.dropFirst(split)))
        #expect(start + end + lineEnds.finish() == Array("a\nb\r\n\n\rc\nd\n\r".utf8))
    }

    @Test func contentThatFailsLeavesNothing() async throws {
        try await withMaildir { maildir in
            let failure = DeliveryFailure(.transient, .message, .signing, "no key")
            var pieces = 0
            await #expect(throws: failure) {
                try await maildir.deliver(envelope) { () throws(DeliveryFailure) in
                    pieces += 1
                    if pieces == 2 { throw failure }
                    return [65]
                }
            }
            let left = try Files.names(in: path + "/tmp") + Files.names(in: path + "/new")
            #expect(left.isEmpty)
        }
    }

    @Test func aTakenNameOverwritesNothing() async throws {
        try await withMaildir { maildir in
            try Files.makeDirectory(path + "/tmp", mode: 0o700)
            let taken = "\(path)/tmp/1700000000.M123000P42Rbeef.mail.example"
            try File(path: taken, .create(mode: 0o600)).write([88])
            await #expect(throws: DeliveryFailure.self) {
                try await maildir.deliver(envelope, content: content([[65]]))
            }
            #expect(try Files.read(taken, limit: 10) == [88])
        }
    }

    @Test func whereItCannotBeMadeEveryMessageWaits() async throws {
        try await withMaildir { maildir in
            try File(path: path, .create(mode: 0o600)).write([])
            await #expect {
                try await maildir.deliver(envelope, content: content([[65]]))
            } throws: { error in
                guard let failure = error as? DeliveryFailure else { return false }
                return failure.disposition == .transient && failure.scope == .relay
                    && failure.phase == .storage && failure.text.contains(path)
            }
        }
    }

    @Test func namesEscapeTheHostAndDiffer() {
        let names = MaildirNames(host: "a/b:c", processID: 7, clock: { 5 })
        #expect(names.next().hasSuffix(".a\\057b\\072c"))
        #expect(Set((0..<1000).map { _ in names.next() }).count == 1000)
    }
}
