// `queue`, `flush` and `status` with a daemon, with something else on its socket, and with nobody there.
import LinuxIO
import MailCore
import Spool
import SubmissionWire
import TestSupport
import Testing

@testable import ControlCommands

private typealias Code = ControlCommands.ExitCode

@Suite struct QueueCommandTests {
    /// Answers one request with those bytes; gives what was asked, nil where the client did not speak the dialect.
    private static func ask(
        _ arguments: [String], answer: [UInt8]
    ) async throws -> (outcome: Outcome, request: SubmissionRequest?) {
        let folder = try Folder()
        let path = "\(folder.path)/s.sock"
        return try await onLoop { loop in
            let listener = try Listener(path: path, user: nil, group: nil, mode: 0o600, on: loop)
            let serving = loop.spawn { () -> SubmissionRequest? in
                guard let socket = try? await listener.accept() else { return nil }
                let request = try? await receive(from: socket)
                try? await socket.write(answer, until: .after(.seconds(20)))
                socket.close()
                return request
            }
            let outcome = try await control(arguments, variables: ["SMARTHOST_SOCKET": path], on: loop)
            let request = await serving.value
            listener.close()
            return (outcome, request)
        }
    }

    private static func receive(from socket: StreamSocket) async throws -> SubmissionRequest? {
        var decoder = SubmissionDecoder()
        var buffer: [UInt8] = []
        while buffer.count < Frame.preamble.count {
            buffer += try await socket.read(until: .after(.seconds(20)))
        }
        guard buffer.starts(with: Frame.preamble) else { return nil }
        var rest = buffer.dropFirst(Frame.preamble.count)
        var request: SubmissionRequest?
        while !decoder.isComplete {
            while let event = try decoder.next(&rest) {
                if case .request(let value) = event { request = value }
            }
            if !decoder.isComplete { rest += try await socket.read(until: .after(.seconds(20))) }
        }
        return request
    }

    @Test(arguments: [
        (["queue"], SubmissionWire.Command.queue, [String]()), (["queue", "list"], .queue, []),
        (["queue", "show", "D1ZGZ85ZDCDV"], .show, ["D1ZGZ85ZDCDV"]),
        (["queue", "delete", "D1ZGZ85ZDCDV"], .delete, ["D1ZGZ85ZDCDV"]), (["flush"], .flush, []),
        (["flush", "D1ZGZ85ZDCDV"], .flush, ["D1ZGZ85ZDCDV"]), (["status"], .status, []),
        (["dkim", "rotate", "example.org"], .rotateKey, ["example.org"]),
        (["dkim", "rotate", "--selector=s2", "example.org"], .rotateKey, ["example.org", "s2"]),
        (["dkim", "rotate", "example.org", "--cancel"], .cancelRotation, ["example.org"]),
        (["dkim", "status"], .keyStatus, []),
        (["dkim", "status", "example.org"], .keyStatus, ["example.org"]),
    ])
    func asked(arguments: [String], command: SubmissionWire.Command, words: [String]) async throws {
        let verdict = Verdict(.ok, Verdict.Status(2, 0, 0), text: "ok".utf8)
        let (outcome, request) = try await Self.ask(
            arguments, answer: Frame.output("all of it\n".utf8) + verdict.encoded())
        #expect(request?.command == command)
        #expect(request?.arguments == words.map { Array($0.utf8) })
        #expect(outcome.code == Code.success)
        #expect(outcome.output == "all of it\n")
        #expect(outcome.complaints == [])
    }

    @Test func refused() async throws {
        let verdict = Verdict(.noPermission, Verdict.Status(5, 7, 1), text: "only root may".utf8)
        let (outcome, _) = try await Self.ask(["flush"], answer: verdict.encoded())
        #expect(outcome.code == Code.noPermission)
        #expect(outcome.complaints == ["only root may"])
    }

    @Test(arguments: [
        ([UInt8](), Code.unavailable, "without an answer"),
        (Frame.output("half".utf8), Code.unavailable, "without an answer"),
        (Array("220 relay.test ESMTP\r\n".utf8), Code.software, "is not smarthostd"),
    ])
    func answersThatAreNone(answer: [UInt8], code: Int32, text: String) async throws {
        let (outcome, _) = try await Self.ask(["status"], answer: answer)
        #expect(outcome.code == code)
        #expect(outcome.complaint.contains(text))
        #expect(outcome.output == "")
    }

    // MARK: No daemon

    /// A spool with one message, and a configuration that names it.
    private static func spool() async throws -> (folder: Folder, file: String, id: QueueID) {
        let folder = try Folder()
        let file = try folder.write(
            "daemon\nlisten submit unix:\(folder.path)/s.sock\nspool \(folder.path)/spool\n", to: "conf")
        let id = try await onLoop { _ in
            let spool = try SQLiteSpool.open(directory: "\(folder.path)/spool")
            let sender = EmailAddress(localPart: "me", domain: "example.org")
            let recipient = EmailAddress(localPart: "you", domain: "example.net")
            let message = NewMessage(
                header: Array("Subject: waiting\r\n".utf8),
                envelope: Envelope(reversePath: .address(sender), recipients: [recipient]),
                account: "default",
                submitter: Submitter(userID: 1, groupID: 1, processID: 1, userName: "bin", source: "test"),
                arrival: 1_700_000_000_000, is8Bit: false, due: 1_700_000_000_000)
            let id = try await spool.store(message, body: spool.makeDraft())
            await spool.close()
            return id
        }
        return (folder, file, id)
    }

    @Test func withoutADaemonTheSpoolIsRead() async throws {
        let (folder, file, id) = try await Self.spool()
        let list = try await control("queue", "--config", file)
        #expect(list.code == Code.success)
        #expect(list.output.contains("\(id)"))
        #expect(list.output.hasSuffix("-- 1 message\n"))
        #expect(
            list.complaints == [
                "no daemon answers on \(folder.path)/s.sock (No such file or directory); "
                    + "this is what its spool \(folder.path)/spool holds"
            ])
        let shown = try await control("queue", "show", "\(id)", "--config=\(file)")
        #expect(shown.code == Code.success)
        #expect(shown.output.hasSuffix("Subject: waiting\n\n"))
        for name in ["000000000000", "nonsense"] {
            let missing = try await control("queue", "show", name, "--config", file)
            #expect(missing.code == Code.data)
            #expect(
                missing.complaint.hasSuffix(
                    "there is no message \(name) in the queue; smarthostctl queue lists them"))
        }
    }

    @Test(arguments: [["flush"], ["queue", "delete", "D1ZGZ85ZDCDV"], ["status"]])
    func withoutADaemonNothingIsChanged(arguments: [String]) async throws {
        let (folder, file, _) = try await Self.spool()
        let outcome = try await onLoop { loop in try await control(arguments + ["--config", file], on: loop) }
        #expect(outcome.code == Code.unavailable)
        #expect(outcome.output == "")
        #expect(
            outcome.complaints == [
                "no daemon answers on \(folder.path)/s.sock (No such file or directory); start it: "
                    + "systemctl start smarthost.socket, or smarthostd --config FILE"
            ])
    }

    @Test func neitherDaemonNorSpool() async throws {
        let folder = try Folder()
        let outcome = try await control(
            "queue", variables: ["SMARTHOST_SOCKET": "\(folder.path)/s.sock"], state: folder.path)
        #expect(outcome.code == Code.unavailable)
        #expect(
            outcome.complaints == [
                "no daemon answers on \(folder.path)/s.sock (No such file or directory), and there is no spool "
                    + "in \(folder.path)/spool; the daemon makes it when it starts"
            ])
    }

    @Test(arguments: [
        ["queue", "show"], ["queue", "show", "a", "b"], ["queue", "remove", "a"], ["flush", "a", "b"],
        ["status", "a"], ["flush", "--all"], ["dkim", "rotate"], ["dkim", "rotate", "a", "b"],
        ["dkim", "rotate", "a", "--cancel", "--selector", "s"], ["dkim", "status", "a", "b"],
    ])
    func usage(arguments: [String]) async throws {
        let outcome = try await onLoop { loop in try await control(arguments, on: loop) }
        #expect(outcome.code == Code.usage)
        #expect(outcome.complaints.count == 1)
        #expect(!outcome.complaint.contains("\n"))
    }
}
