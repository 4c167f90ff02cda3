// Spools in folders of their own, messages to put into them, and ways to wait without sleeping.
import LinuxIO
import MailCore
import Testing

@testable import Spool

/// A folder that is gone when the test is over.
final class TemporaryFolder: Sendable {
    let path = "/tmp/smarthost-spool-\(Host.processID)-\(UInt64.random(in: 0 ... .max))"

    deinit { try? shell("rm -rf \(path)") }

    /// Makes another folder with the same files, as they are now.
    func copy(without omitted: Set<String> = []) throws -> TemporaryFolder {
        let copy = TemporaryFolder()
        try Files.makeDirectory(copy.path, mode: 0o700)
        for name in try Files.names(in: path) where !omitted.contains(name) {
            try shell("cp -a \(path)/\(name) \(copy.path)/")
        }
        return copy
    }
}

/// Runs what LinuxIO has no call for, since nothing but a test needs it.
func shell(_ command: String) throws {
    _ = try outputOfShellCommand(command, until: .after(.seconds(30)))
}

/// Opens a spool, runs the body and closes it.
func withSpool<Value>(
    in folder: TemporaryFolder = TemporaryFolder(), _ body: (SQLiteSpool) async throws -> Value
) async throws -> Value {
    let spool = try SQLiteSpool.open(directory: folder.path)
    do {
        let value = try await body(spool)
        await spool.close()
        return value
    } catch {
        await spool.close()
        throw error
    }
}

let caller = Submitter(userID: 33, groupID: 34, processID: 1234, userName: "www-data", source: "submit")

func newMessage(
    to recipients: [String] = ["b"], arrival: Int64 = 1_700_000_000_000, due: Int64? = 0, userID: UInt32? = 33
) -> NewMessage {
    NewMessage(
        header: Array("Subject: hello\r\nFrom: a@example.org\r\n".utf8),
        envelope: Envelope(
            reversePath: .address(EmailAddress(localPart: "a", domain: "example.org")),
            recipients: recipients.map { EmailAddress(localPart: $0, domain: "example.net") }),
        account: "default",
        submitter: Submitter(
            userID: userID, groupID: 34, processID: 1234, userName: "www-data", source: "submit"),
        arrival: arrival, is8Bit: false, due: due)
}

extension SQLiteSpool {
    func store(_ message: NewMessage, _ body: [UInt8] = Array("hello\r\n".utf8)) async throws -> QueueID {
        let draft = makeDraft()
        try await draft.append(body)
        return try await store(message, body: draft)
    }

    /// Every piece of the body together.
    func wholeBody(_ id: QueueID) async throws -> [UInt8] {
        let reader = try await body(id)
        var bytes: [UInt8] = []
        while let chunk = try await reader.next() { bytes += chunk }
        return bytes
    }

    /// Stops the writing thread until the gate opens, so that what is handed over meanwhile gathers.
    func holdWriter(_ gate: Gate) {
        Task.detached { try await self.perform { _ throws(SpoolFailure) in gate.arriveAndWait() } }
        gate.waitForArrival()
    }
}

/// Holds one thread until another opens it.
struct Gate: Sendable {
    private let arrived = BlockingQueue<Int>()
    private let opened = BlockingQueue<Int>()

    func arriveAndWait() {
        arrived.add(1)
        _ = opened.take()
    }
    func waitForArrival() { _ = arrived.take() }
    func open() { opened.close() }
}

let temporaryFailure = DeliveryFailure(
    .transient, .recipient, .recipient,
    reply: Reply(code: 450, enhanced: EnhancedStatusCode(4, 2, 1), text: "mailbox busy"), "try again")
let permanentFailure = DeliveryFailure(
    .permanent, .recipient, .recipient, reply: Reply(code: 550, text: "no such user"), "refused")
let lostConnection = DeliveryFailure(.transient, .relay, .connect, "connection refused")
