// Under a service manager: sockets handed over, idle exit, and what the daemon tells of itself.
import Glibc
import TestSupport
import Testing

private let activator = "/usr/bin/systemd-socket-activate"
private let mayBeLeftOut = getenv("CI").map { String(cString: $0) } != "true"

@Suite(.serialized) struct ActivationTests {
    let folder: TemporaryFolder
    let notify: NotifySocket
    private var socket: String { folder.file("submit.sock") }

    init() throws {
        folder = try TemporaryFolder()
        notify = try NotifySocket(path: folder.file("notify"))
    }

    private func configure(_ relay: ScriptedRelay, _ keys: String = "") throws -> String {
        // Sockets that are handed over count, not the configured ones.
        try folder.write(
            account(relay) + "daemon\nspool \(folder.file("spool"))\nretry 1h\n\(keys)\n",
            to: "smarthost.conf")
    }

    private func sendmail(_ arguments: [String]) throws -> ProgramOutcome {
        try Program(
            builtProgram("sendmail"), ["--socket", socket] + arguments, in: folder,
            input: folder.write(letter, to: "message")
        ).outcome()
    }

    @Test(.enabled(if: access(activator, X_OK) == 0 || !mayBeLeftOut, "apt-get install systemd"))
    func firstConnectionStartsIt() throws {
        let relay = try ScriptedRelay()
        let program = try Program(
            activator,
            [
                "-l", socket, "--fdname=submit", "-E", "NOTIFY_SOCKET=\(folder.file("notify"))",
                builtProgram("smarthostd"), "--config", configure(relay),
            ], in: folder)
        try waitUntil("the socket is there: \(program.error)") { program.error.contains("Listening on") }
        #expect(try sendmail(["-odi", "-t"]).exitCode == 0)
        #expect(relay.received.count == 1)
        #expect(try notify.next() == ["READY=1"])
        program.signal(SIGTERM)
        #expect(try program.outcome().exitCode == 0)
        #expect(program.error.contains("sockets=inherited:submit"))
        // The socket is systemd's and stays.
        #expect(access(socket, F_OK) == 0)
    }

    /// The daemon with the descriptor that the service manager holds.
    private func start(
        on listener: ActivationSocket, name: String = "submit", config: String, _ more: [String] = []
    ) throws -> Program {
        try Program(
            "/bin/sh", ["-c", "LISTEN_PID=$$ exec \(builtProgram("smarthostd")) --config \(config)"],
            in: folder,
            environment: [
                "LISTEN_FDS=1", "LISTEN_FDNAMES=\(name)", "NOTIFY_SOCKET=\(folder.file("notify"))",
            ] + more, inherited: listener.descriptor)
    }

    @Test func idleExit() throws {
        let relay = try ScriptedRelay(listens: false)
        let config = try configure(relay, "idle_exit 1s")
        let listener = try ActivationSocket(path: socket)
        let first = try start(on: listener, config: config)
        let queued = try sendmail(["-odi", "-t"])
        #expect(queued.exitCode == 75, "\(queued) \(first.error)")
        // Four looks fit into idle_exit: it has been idle for twice as long.
        for _ in 0..<8 { try notify.wait(for: "STATUS=1 in the queue, 0 being tried") }
        #expect(!first.hasEnded)
        try relay.listen()
        #expect(try sendmail(["-q"]).exitCode == 0)
        #expect(try first.outcome().exitCode == 0)
        #expect(first.error.contains("idle, nothing waits: ending"))
        #expect(relay.received.count == 1)
        #expect(try notify.wait(for: "STOPPING=1").contains("STATUS=finishing what was accepted"))

        // The next caller waits until the manager starts it again.
        let caller = try Program(
            builtProgram("sendmail"), ["--socket", socket, "-t"], in: folder,
            input: folder.write(letter, to: "message"))
        try waitUntil("somebody calls") { listener.hasCaller }
        let second = try start(on: listener, config: config)
        #expect(try caller.outcome().exitCode == 0)
        #expect(try second.outcome().exitCode == 0)
        #expect(relay.received.count == 2)
    }

    /// A key that waits for the DNS waits on the disk.
    @Test func rotationDoesNotKeepItAwake() throws {
        let listener = try ActivationSocket(path: socket)
        let config = try folder.write(
            signing(in: folder) + "daemon\nspool \(folder.file("spool"))\nidle_exit 1s\n",
            to: "smarthost.conf")
        let daemon = try start(on: listener, config: config)
        let rotate = ["dkim", "rotate", "example.org", "--socket", socket]
        #expect(try Program(builtProgram("smarthostctl"), rotate, in: folder).outcome().exitCode == 0)
        #expect(try daemon.outcome().exitCode == 0)
        #expect(daemon.error.contains("idle, nothing waits: ending"))
        #expect(folder.names(in: "spool/dkim").contains("rotation"))
    }

    @Test func tellsTheManager() throws {
        let relay = try ScriptedRelay()
        let listener = try ActivationSocket(path: socket)
        let daemon = try start(on: listener, config: configure(relay), ["WATCHDOG_USEC=200000"])
        #expect(try notify.next() == ["READY=1"])
        for _ in 0..<3 {
            #expect(try notify.next() == ["WATCHDOG=1", "STATUS=0 in the queue, 0 being tried"])
        }
        daemon.signal(SIGTERM)
        try notify.wait(for: "STOPPING=1")
        #expect(try daemon.outcome().exitCode == 0)
    }

    @Test func socketOfAnotherName() throws {
        let listener = try ActivationSocket(path: socket)
        let daemon = try start(on: listener, name: "web", config: configure(ScriptedRelay()))
        let outcome = try daemon.outcome()
        #expect(outcome.exitCode == 78)
        #expect(outcome.error.contains("set FileDescriptorName=submit in the socket unit"))
    }
}
