// How the daemon starts, ends and stays out of another one's way.
import Glibc
import TestSupport
import Testing

private let isRoot = geteuid() == 0

@Suite(.serialized) struct LifeTests {
    /// What was accepted is finished; nobody can connect meanwhile.
    @Test func terminatesInOrder() throws {
        let relay = try ScriptedRelay()
        relay.behaviour.holdsFinalReply = true
        let daemon = try Daemon(account(relay))
        #expect(try daemon.sendmail(["-t"], letter).exitCode == 0)
        try waitUntil("it is being delivered") { relay.received.count == 1 }
        let late = try TestSocket(connectingTo: .unix(path: daemon.socket))
        late.write("From: a@example.org\nTo: b@example.net\n\nhalf of it".utf8)
        try waitUntil("it is being served") { try daemon.raw([]).isEmpty }
        daemon.program.signal(SIGTERM)
        try waitUntil("it no longer listens") { access(daemon.socket, F_OK) != 0 }
        late.write(", and the rest\n".utf8)
        late.endWriting()
        #expect(late.readAll().isEmpty)
        relay.behaviour.holdsFinalReply = false
        #expect(try daemon.program.outcome().exitCode == 0)
        #expect(relay.received.count == 2)
        #expect(daemon.log.contains("info ended\n"))
    }

    /// What was not delivered is there when it starts again, and is tried then.
    @Test func queueOutlivesTheDaemon() throws {
        let relay = try ScriptedRelay(listens: false)
        let daemon = try Daemon(account(relay))
        #expect(try daemon.sendmail(["-t"], letter).exitCode == 0)
        try waitUntil("it was tried") { try daemon.queue.contains("nothing listens there") }
        #expect(try daemon.terminate() == 0)
        try relay.listen()
        try daemon.restart()
        #expect(try daemon.queue.contains("-- 1 message\n"))
        try daemon.sendmail(["-q"])
        try daemon.waitForEmptyQueue()
    }

    @Test func secondDaemonOnTheSpool() throws {
        let daemon = try Daemon("")
        let folder = daemon.folder
        let other = Daemon.configuration("", "", in: folder)
            .split(separator: "\n").filter { !$0.hasPrefix("listen") }.joined(separator: "\n")
        try folder.write("\(other)\nlisten submit unix:\(folder.file("b.sock"))\n", to: "b.conf")
        let second = try Daemon(in: folder, arguments: ["--config", folder.file("b.conf")], [])
        let outcome = try second.program.outcome()
        #expect(outcome.exitCode == 71)
        #expect(
            outcome.error.hasSuffix(
                "smarthostd: the spool \(folder.file("spool")) is in use by process "
                    + "\(daemon.program.processID); stop that one or configure another spool\n"))
        #expect(access(folder.file("b.sock"), F_OK) != 0)
    }

    @Test func secondDaemonOnTheSocket() throws {
        let daemon = try Daemon("")
        let folder = daemon.folder
        let other = Daemon.configuration("", "", in: folder)
            .split(separator: "\n").map { $0.hasPrefix("spool") ? "spool \(folder.file("b"))" : $0 }
        try folder.write(other.joined(separator: "\n"), to: "b.conf")
        let second = try Daemon(in: folder, arguments: ["--config", folder.file("b.conf")], [])
        let outcome = try second.program.outcome()
        #expect(outcome.exitCode == 71)
        #expect(outcome.error.contains("cannot listen on \(daemon.socket): another process answers there"))
        #expect(try daemon.queue == "Mail queue is empty\n")
    }

    @Test func staleSocketIsTakenOver() throws {
        let daemon = try Daemon("")
        try daemon.kill()
        #expect(access(daemon.socket, F_OK) == 0)
        try daemon.restart()
        #expect(try daemon.queue == "Mail queue is empty\n")
    }

    @Test func fileInTheSocketsPlace() throws {
        let folder = try TemporaryFolder()
        try folder.write("precious", to: "submit.sock")
        try folder.write(Daemon.configuration("", "", in: folder), to: "smarthost.conf")
        let daemon = try Daemon(in: folder, arguments: ["--config", folder.file("smarthost.conf")], [])
        let outcome = try daemon.program.outcome()
        #expect(outcome.exitCode == 71)
        #expect(outcome.error.contains("there is something that is not a socket; move it away"))
        #expect(try readFile(daemon.socket) == Array("precious".utf8))
    }

    @Test(arguments: ["0600", "0666"]) func socketMode(mode: String) throws {
        let folder = try TemporaryFolder()
        let owner = isRoot ? "user=nobody group=www-data " : ""
        let text = Daemon.configuration("", "", in: folder)
            .split(separator: "\n").map { line in
                line.hasPrefix("listen") ? line.dropLast("mode=0660".count) + "\(owner)mode=\(mode)" : line
            }
        try folder.write(text.joined(separator: "\n"), to: "smarthost.conf")
        let daemon = try Daemon(in: folder, arguments: ["--config", folder.file("smarthost.conf")], [])
        try daemon.waitUntilReady()
        var status = stat()
        try check(stat(daemon.socket, &status), "stat")
        #expect(String(status.st_mode & 0o777, radix: 8) == mode.dropFirst())
        if isRoot {
            #expect(status.st_uid == getpwnam("nobody")?.pointee.pw_uid)
            #expect(status.st_gid == getgrnam("www-data")?.pointee.gr_gid)
        }
    }
}
