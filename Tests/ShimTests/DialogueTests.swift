// The program against a daemon that keeps to the dialect, refuses early, or goes away.

import Glibc
import SubmissionWire
import Testing

let accepted = Verdict(.ok, .init(2, 0, 0), queueID: Array("4F2A".utf8), text: "queued as 4F2A".utf8)
let refused = Verdict(.noPermission, .init(5, 7, 1), text: "uid 33 may not submit: ask for allow_users".utf8)
private let megabyte = 1 << 20

@Suite struct DialogueTests {
    let workspace: Workspace
    private var socket: String { workspace.file("s") }

    init() throws { workspace = try Workspace() }

    @Test func acceptedIsSilent() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let input = try workspace.write("Subject: x\n\n.\nhello\n".utf8, to: "message")
        let shim = try Shim(
            ["-ti", "-odi", "-fa@example.org", "--socket", socket, "--", "b@example.org"], in: workspace,
            input: .file(input))
        var connection = try daemon.accept()
        var expected = SubmissionRequest(.submit)
        expected.reversePath = Array("a@example.org".utf8)
        expected.recipients = [Array("b@example.org".utf8)]
        expected.recipientsFromHeader = true
        expected.deliveryMode = .direct
        expected.options = [Array("-i".utf8)]
        #expect(try connection.request() == expected)
        try connection.readMessage()
        #expect(connection.message == Array("Subject: x\n\n.\nhello\n".utf8))
        try connection.answer(accepted)
        #expect(try shim.outcome() == Outcome(exitCode: 0))
    }

    @Test func emptyMessageIsTheDaemonsToJudge() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let shim = try Shim(["-t", "--socket=" + socket], in: workspace)
        var connection = try daemon.accept()
        _ = try connection.request()
        try connection.readMessage()
        #expect(connection.messageLength == 0)
        try connection.answer(Verdict(.dataError, .init(5, 5, 4), text: "no recipients in the header".utf8))
        #expect(try shim.outcome() == Outcome(exitCode: 65, error: "sendmail: no recipients in the header\n"))
    }

    /// The daemon refuses and reads no further, with 50 MB to come; it holds the connection, or closes it.
    @Test(arguments: [true, false]) func refusalEndsALargeMessage(holds: Bool) throws {
        let daemon = try ScriptedDaemon(at: socket)
        let input = try workspace.sparseMessage(50 * megabyte)
        let shim = try Shim(["-t", "--socket", socket], in: workspace, input: .file(input))
        var connection: Connection? = try daemon.accept()
        _ = try connection?.request()
        try connection?.answer(refused)
        if !holds { connection = nil }
        #expect(
            try shim.outcome()
                == Outcome(exitCode: 77, error: "sendmail: uid 33 may not submit: ask for allow_users\n"))
    }

    /// Nothing to read yet, and already refused.
    @Test func refusalEndsAnIdleMessage() throws {
        let daemon = try ScriptedDaemon(at: socket)
        var ends: [CInt] = [0, 0]
        try check(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends), "socketpair")
        defer { ends.forEach { close($0) } }
        let shim = try Shim(["-t", "--socket", socket], in: workspace, input: .descriptor(ends[0]))
        let connection = try daemon.accept()
        try connection.answer(refused)
        #expect(try shim.outcome().exitCode == 77)
    }

    @Test func daemonDiesInTheMessage() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let input = try workspace.sparseMessage(50 * megabyte)
        let shim = try Shim(["-t", "--socket", socket], in: workspace, input: .file(input))
        do {
            var connection = try daemon.accept()
            _ = try connection.request()
            try connection.readMessage(atLeast: megabyte)
        }
        let outcome = try shim.outcome()
        #expect(outcome.exitCode == 69)
        #expect(outcome.error.contains("before the message was complete: nothing was sent"))
    }

    @Test func daemonDiesAfterTheMessage() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let shim = try Shim(["-t", "--socket", socket], in: workspace)
        do {
            var connection = try daemon.accept()
            _ = try connection.request()
            try connection.readMessage()
        }
        let outcome = try shim.outcome()
        #expect(outcome.exitCode == 69)
        #expect(outcome.error.contains("it may have been accepted, look at mailq before sending again"))
    }

    @Test func acceptanceBeforeTheEndIsNotBelieved() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let input = try workspace.sparseMessage(50 * megabyte)
        let shim = try Shim(["-t", "--socket", socket], in: workspace, input: .file(input))
        let connection = try daemon.accept()
        try connection.answer(accepted)
        #expect(try shim.outcome().exitCode == 70)
    }

    @Test(arguments: ["220 mail.example.org ESMTP\r\n", "V\u{0}\u{0}\u{0}\u{3}0 2"])
    func anotherProgramOnTheSocket(greeting: String) throws {
        let daemon = try ScriptedDaemon(at: socket)
        let shim = try Shim(["-t", "--socket", socket], in: workspace)
        let connection = try daemon.accept()
        try connection.answer(Array(greeting.utf8))
        let outcome = try shim.outcome()
        #expect(outcome.exitCode == 70)
        #expect(outcome.error.hasPrefix("sendmail: the answer is not smarthostd's"))
    }

    /// What a relay said must not reach the terminal as it is, nor in more than one line.
    @Test func controlCharactersAreNotShown() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let shim = try Shim(["-t", "--socket", socket], in: workspace)
        let connection = try daemon.accept()
        let line = Array("69 5.0.0 - a\u{1B}[2Jb\nc".utf8)
        try connection.answer([0x56, 0, 0, 0, UInt8(line.count)] + line)
        #expect(try shim.outcome() == Outcome(exitCode: 69, error: "sendmail: a [2Jb c\n"))
    }

    @Test func anyNumberOfBytesInLittleMemory() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let input = try workspace.sparseMessage(100 * megabyte)
        let shim = try Shim(["-t", "--socket", socket], in: workspace, input: .file(input))
        var connection = try daemon.accept()
        _ = try connection.request()
        try connection.readMessage()
        #expect(connection.messageLength == 100 * megabyte)
        #expect(try shim.peakMemory() < 4_096)
        try connection.answer(accepted)
        #expect(try shim.outcome() == Outcome(exitCode: 0))
    }

    @Test func mailqByName() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let name = workspace.file("mailq")
        try check(symlink(programPath, name), "symlink")
        // Standard input is of no interest to it, and its socket must not take that number.
        let shim = try Shim(["--socket", socket], in: workspace, program: name, input: .closed)
        var connection = try daemon.accept()
        #expect(try connection.request() == SubmissionRequest(.mailq))
        try connection.readMessage()
        let queue = String(repeating: "4F2A 120 root\n", count: 20_000)
        try connection.answer(Frame.output(queue.utf8) + accepted.encoded())
        #expect(try shim.outcome() == Outcome(exitCode: 0, output: queue))
    }

    @Test func newaliasesNeedsNoDaemon() throws {
        let name = workspace.file("newaliases")
        try check(symlink(programPath, name), "symlink")
        #expect(try Shim([], in: workspace, program: name, input: .closed).outcome() == Outcome(exitCode: 0))
    }
}
