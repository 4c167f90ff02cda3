// What can be wrong around the program: the socket's path and rights, its streams, its file system.

import Glibc
import SubmissionWire
import Testing

private let isRoot = geteuid() == 0

@Suite struct EnvironmentTests {
    let workspace: Workspace
    private var socket: String { workspace.file("s") }

    init() throws { workspace = try Workspace() }

    @Test func noSocket() throws {
        let outcome = try Shim(["-t", "--socket", socket], in: workspace).outcome()
        #expect(outcome.exitCode == 69)
        #expect(outcome.error.hasPrefix("sendmail: \(socket): no such socket: start the daemon"))
        #expect(outcome.error.filter { $0 == "\n" }.count == 1)
    }

    @Test(arguments: [true, false]) func nobodyListens(bound: Bool) throws {
        if bound {
            _ = try ScriptedDaemon(at: socket, listens: false)
        } else {
            _ = try workspace.write([], to: "s")
        }
        let outcome = try Shim(["-t", "--socket", socket], in: workspace).outcome()
        #expect(outcome.exitCode == 69)
        #expect(outcome.error.hasPrefix("sendmail: \(socket): the file is there but no daemon listens on it"))
    }

    @Test func noPermission() throws {
        let daemon = try ScriptedDaemon(at: socket, mode: isRoot ? 0o660 : 0)
        let program = try workspace.copyOfProgram()
        let call = ["-t", "--socket", daemon.path]
        let other = ["--reuid=65534", "--regid=65533", "--clear-groups", program]
        let outcome =
            isRoot
            ? try Shim(other + call, in: workspace, program: "/usr/bin/setpriv").outcome()
            : try Shim(call, in: workspace, program: program).outcome()
        #expect(outcome.exitCode == 77)
        let caller = isRoot ? (65_534, 65_533) : (Int(geteuid()), Int(getegid()))
        #expect(
            outcome.error.contains(
                "permission denied for uid \(caller.0), gid \(caller.1): the socket belongs to"))
        #expect(
            outcome.error.contains("uid \(geteuid()), gid \(getegid()), mode \(isRoot ? "0660" : "0000"):"))
    }

    @Test func pathTooLong() throws {
        let outcome = try Shim(
            ["-t", "--socket", "/" + String(repeating: "x", count: 107)], in: workspace
        ).outcome()
        #expect(outcome.exitCode == 78)
        #expect(outcome.error.contains("has 108 bytes, the system allows 107"))
        let fits = try Shim(["-t", "--socket", "/" + String(repeating: "x", count: 106)], in: workspace)
            .outcome()
        #expect(fits.exitCode == 69)
    }

    @Test func otherErrorsNameTheirNumber() throws {
        let path = socket + "/" + String(repeating: "x", count: 10)
        try check(symlink("s", socket), "symlink")
        let outcome = try Shim(["-t", "--socket", path], in: workspace).outcome()
        #expect(outcome.exitCode == 71)
        #expect(outcome.error.contains("(errno \(ELOOP))"))
    }

    @Test(arguments: [
        (["-t"], ["SMARTHOST_SOCKET=env"], "env"),
        (["-t", "--socket", "option"], ["SMARTHOST_SOCKET=env"], "option"),
        (["-t"], ["SMARTHOST_SOCKET="], "/run/smarthost/submit.sock"),
        (["-t"], [], "/run/smarthost/submit.sock"),
    ])
    func whichSocket(arguments: [String], environment: [String], path: String) throws {
        let outcome = try Shim(arguments, in: workspace, environment: environment).outcome()
        #expect(outcome.error.hasPrefix("sendmail: \(path): "))
    }

    @Test func closedInput() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let outcome = try Shim(["-t", "--socket", daemon.path], in: workspace, input: .closed).outcome()
        #expect(outcome.exitCode == 66)
        #expect(
            outcome.error
                == "sendmail: standard input is closed, there is no message to read: nothing was sent\n")
    }

    /// Reading fails (a directory): the message must not be completed.
    @Test func unreadableInput() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let shim = try Shim(["-t", "--socket", socket], in: workspace, input: .file(workspace.path))
        var connection = try daemon.accept()
        let bytes = try connection.rest()
        var request = SubmissionRequest(.submit)
        request.recipientsFromHeader = true
        #expect(try bytes == request.encoded())
        let outcome = try shim.outcome()
        #expect(outcome.exitCode == 74)
        #expect(outcome.error.contains("nothing was sent"))
    }

    @Test(arguments: [accepted, refused]) func closedOutput(verdict: Verdict) throws {
        let daemon = try ScriptedDaemon(at: socket)
        let shim = try Shim(["-t", "--socket", socket], in: workspace, output: .closed)
        var connection = try daemon.accept()
        _ = try connection.request()
        try connection.readMessage()
        try connection.answer(verdict)
        #expect(try shim.outcome().exitCode == CInt(verdict.exitCode.rawValue))
    }

    /// A socket with the number of the closed standard output would send the queue back to the daemon.
    @Test func outputIsNotTheSocket() throws {
        let daemon = try ScriptedDaemon(at: socket)
        let shim = try Shim(["-bp", "--socket", socket], in: workspace, output: .closed)
        var connection = try daemon.accept()
        _ = try connection.request()
        try connection.readMessage()
        try connection.answer(Frame.output("4F2A 120 root\n".utf8))
        #expect(try connection.rest() == [])
        #expect(try shim.outcome().exitCode == 74)
    }

    @Test(arguments: [(["-z"], "unknown option -z"), ([], "no recipients"), (["-bs"], "sendmail -t -i")])
    func usage(arguments: [String], text: String) throws {
        let outcome = try Shim(arguments, in: workspace).outcome()
        #expect(outcome.exitCode == 64)
        #expect(outcome.error.hasPrefix("sendmail: ") && outcome.error.contains(text))
    }

    @Test func outputNobodyReads() throws {
        var ends: [CInt] = [0, 0]
        try check(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends), "socketpair")
        close(ends[0])
        defer { close(ends[1]) }
        #expect(
            try Shim(["--help"], in: workspace, output: .descriptor(ends[1])).outcome()
                == Outcome(exitCode: 0))
        let closed = try Shim(["--help"], in: workspace, output: .closed).outcome()
        #expect(closed.exitCode == 74)
    }

    @Test func helpAndVersion() throws {
        let help = try Shim(["--help"], in: workspace).outcome()
        #expect(help.exitCode == 0 && help.output.hasPrefix("Usage: sendmail") && help.error.isEmpty)
        #expect(try Shim(["--version"], in: workspace).outcome().output.hasPrefix("sendmail (smarthost) "))
    }

    @Test(.enabled(if: isRoot, "chroot needs root"))
    func emptyFileSystem() throws {
        _ = try workspace.copyOfProgram()
        let daemon = try ScriptedDaemon(at: socket)
        let shim = try Shim(
            [workspace.path, "/sendmail", "-t", "--socket", "/s"], in: workspace, program: "/usr/sbin/chroot")
        var connection = try daemon.accept()
        _ = try connection.request()
        try connection.readMessage()
        try connection.answer(accepted)
        #expect(try shim.outcome() == Outcome(exitCode: 0))
    }
}
