// Who may submit, and who sees and steers what is in the queue.
import MailCore
import Spool
import SubmissionWire
import TestSupport
import Testing

@testable import Submission

/// A user that every Debian has, with a group of the same name and number.
private let daemonUser = Caller(userID: 1, groupID: 1, processID: 7, userName: "daemon")
private let stranger = Caller(userID: 31_337, groupID: 31_338, processID: 0, userName: nil)
private let root = Caller(userID: 0, groupID: 0, processID: 1, userName: "root")
private let ownUser = Caller(userID: 4_242, groupID: 4_242, processID: 1, userName: nil)

@Suite struct AccessTests {
    @Test(
        arguments: [
            (nil, nil, daemonUser, true), (nil, nil, stranger, true), (["daemon"], nil, daemonUser, true),
            (["1"], nil, daemonUser, true), (["bin"], nil, daemonUser, false), ([], nil, daemonUser, false),
            (["31337"], nil, stranger, true), (["daemon"], nil, stranger, false),
            (nil, ["daemon"], daemonUser, true), (nil, ["1"], daemonUser, true),
            (nil, ["bin"], daemonUser, false),
            (nil, ["31338"], stranger, true), (nil, ["31337"], stranger, false),
            (nil, ["no-such-group"], stranger, false),
            (["bin"], ["daemon"], daemonUser, true), (["daemon"], ["bin"], daemonUser, true),
            (["bin"], ["bin"], daemonUser, false), (["bin"], ["bin"], root, true),
            (["bin"], ["bin"], ownUser, true),
        ] as [([String]?, [String]?, Caller, Bool)])
    func whoMaySubmit(users: [String]?, groups: [String]?, caller: Caller, isPermitted: Bool) {
        let policy = AccessPolicy(users: users, groups: groups, ownUserID: 4_242)
        #expect(policy.permits(caller) == isPermitted)
    }

    @Test func kernelSaysWhoItIs() async throws {
        let counter = try Counter(relayAccount + "daemon\nallow_users bin\n", user: 4_242)
        let verdict = try counter.submit(.submit(to: "b@example.net"), "From: a@example.org\n\nhello\n")
        // Root may always; whoever else runs this test is not the user bin.
        let stored = try await counter.stored()
        if let message = stored.first {
            #expect(verdict.exitCode == .ok && message.submitter.userID == 0)
            #expect(message.submitter.processID.map { $0 > 1 } == true)
        } else {
            #expect(verdict.exitCode == .noPermission && verdict.status == .init(5, 7, 1))
        }
    }

    private func store(_ counter: Counter, by caller: Caller, subject: String) async throws -> QueueID {
        let draft = counter.spool.makeDraft()
        try await draft.append(Array("hello\r\n".utf8))
        let envelope = Envelope(
            reversePath: .null, recipients: [EmailAddress(localPart: "to-\(subject)", domain: "example.net")])
        return try await counter.spool.store(
            NewMessage(
                header: Array("Subject: \(subject)\r\n".utf8), envelope: envelope, account: "default",
                submitter: Submitter(
                    userID: caller.userID, groupID: caller.groupID, processID: nil, userName: caller.userName,
                    source: "test"), arrival: 1_000, is8Bit: false, due: nil), body: draft)
    }

    private func ask(
        _ counter: Counter, _ request: SubmissionRequest, as caller: Caller
    ) async throws -> (output: String, verdict: Verdict?) {
        var frames: [UInt8] = []
        do throws(SubmissionFailure) {
            try await counter.office.answer(request, from: caller) { frames += $0 }
        } catch .refused(let verdict) {
            return ("", verdict)
        }
        return try Counter.decode(frames)
    }

    /// Everybody sees what they handed in themselves, root and the daemon's own user everything.
    @Test func whoSeesWhat() async throws {
        let counter = try Counter(relayAccount)
        let one = try await store(counter, by: daemonUser, subject: "one")
        let two = try await store(counter, by: stranger, subject: "two")
        for (caller, seen, count) in [
            (root, [one, two], "-- 2 messages"), (ownUser, [one, two], "-- 2 messages"),
            (daemonUser, [one], "-- 1 message"), (stranger, [two], "-- 1 message"),
        ] {
            for command in [Command.mailq, .queue] {
                let (list, verdict) = try await ask(counter, SubmissionRequest(command), as: caller)
                #expect(verdict?.exitCode == .ok)
                #expect(list.hasSuffix("\(count)\n"))
                for id in [one, two] { #expect(list.contains("\(id)") == seen.contains(id)) }
            }
            for (id, subject) in [(one, "one"), (two, "two")] {
                let (details, verdict) = try await ask(
                    counter, .control(.show, "\(id)".lowercased()), as: caller)
                #expect(details.contains("Subject: \(subject)") == seen.contains(id))
                #expect(verdict?.exitCode == (seen.contains(id) ? .ok : .dataError))
            }
        }
        let nobody = Caller(userID: 9, groupID: 9, processID: 0, userName: nil)
        #expect(
            try await ask(counter, SubmissionRequest(.mailq), as: nobody).output
                == "No messages of yours are in the mail queue\n")
    }

    @Test func whoMaySteer() async throws {
        let counter = try Counter(relayAccount)
        let id = try await store(counter, by: daemonUser, subject: "one")
        for command in [
            SubmissionRequest.control(.flush), .control(.flush, "\(id)"), .control(.delete, "\(id)"),
        ] {
            let verdict = try await ask(counter, command, as: daemonUser).verdict
            #expect(verdict?.exitCode == .noPermission && verdict?.status == .init(5, 7, 1))
        }
        #expect(counter.delivery.flushed.values.isEmpty)
        #expect(try await ask(counter, .control(.flush), as: ownUser).output == "3 messages are tried now\n")
        _ = try await ask(counter, .control(.flush, "\(id)"), as: root)
        #expect(counter.delivery.flushed.values == [nil, id])
        #expect(try await ask(counter, .control(.delete, "\(id)"), as: root).output == "\(id) deleted\n")
        #expect(try await counter.stored().isEmpty)
        let again = try await ask(counter, .control(.delete, "\(id)"), as: root)
        #expect(again.verdict?.exitCode == .dataError && again.output.isEmpty)
        #expect(counter.log.contains("deleted: id=\(id) by=root"))
    }

    @Test(arguments: ["", "nonsense", "000000000000", "\u{1B}[2J\n"]) func noSuchMessage(
        id: String
    ) async throws {
        let counter = try Counter(relayAccount)
        for command in [Command.show, .delete] {
            let verdict = try await ask(counter, .control(command, id), as: root).verdict
            #expect(verdict?.exitCode == .dataError && verdict?.status == .init(5, 2, 0))
            #expect(verdict?.text.allSatisfy { $0 >= 0x20 } == true)
        }
    }

    @Test func whoMayChangeKeys() async throws {
        let counter = try Counter(relayAccount)
        let commands: [(SubmissionRequest, String)] = [
            (.control(.rotateKey, "example.org"), "rotate example.org -\n"),
            (.control(.rotateKey, "example.org", "s2"), "rotate example.org s2\n"),
            (.control(.cancelRotation, "example.org"), "cancel example.org\n"),
            (.control(.keyStatus), "status -\n"),
            (.control(.keyStatus, "example.org"), "status example.org\n"),
        ]
        for (command, answer) in commands {
            let refused = try await ask(counter, command, as: daemonUser)
            #expect(refused.verdict?.exitCode == .noPermission && refused.output.isEmpty)
            for caller in [root, ownUser] {
                let (output, verdict) = try await ask(counter, command, as: caller)
                #expect(output == answer && verdict?.exitCode == .ok)
            }
        }
        #expect(counter.log.contains("key rotation asked for: domain=example.org by=root"))
    }

    @Test(arguments: [
        (
            SubmissionRequest.control(.rotateKey, "refused.example"), SubmissionWire.ExitCode.dataError,
            "no such key"
        ),
        (.control(.keyStatus, "broken.example"), .osError, "the disk is full"),
        (.control(.rotateKey), .usage, "a domain is missing"),
    ])
    func keysRefused(request: SubmissionRequest, code: SubmissionWire.ExitCode, text: String) async throws {
        let verdict = try await ask(Counter(relayAccount), request, as: root).verdict
        #expect(verdict?.exitCode == code && verdict?.text == Array(text.utf8))
    }

    @Test func status() async throws {
        let counter = try Counter(relayAccount)
        _ = try await store(counter, by: root, subject: "one")
        let text = try await ask(counter, SubmissionRequest(.status), as: stranger).output
        #expect(text == "smarthostd 0.0: 1 in the queue, 2 being tried, 3 sent unsigned since the start\n")
        // How the accounts stand is not everybody's business.
        let whole = try await ask(counter, SubmissionRequest(.status), as: root).output
        #expect(whole == text + "account default: held until 5\n")
    }
}
