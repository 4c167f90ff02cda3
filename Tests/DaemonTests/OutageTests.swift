// Pulling the relay's plug at every step, and the daemon's own: nothing that was accepted is lost.
import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct OutageTests {
    private static let pastHeader = String(repeating: String(repeating: "x", count: 70) + "\n", count: 30_000)

    /// The step, and what mailq says of it.
    static let cuts: [(ScriptedRelay.Step, String)] = [
        (.accept, "before it greeted"), (.greeting, "after EHLO"), (.hello, "after EHLO"),
        (.mail, "after MAIL FROM"), (.recipient, "after RCPT TO"), (.data, "after DATA"),
        (.content, "in the middle of the message"),
        (.endOfData, "after the end of the message; it may have been delivered and is sent again"),
    ]

    @Test(arguments: cuts) func plugPulled(step: ScriptedRelay.Step, text: String) throws {
        let folder = try TemporaryFolder()
        let relay = try ScriptedRelay()
        relay.behaviour.cutsAt = step
        let daemon = try Daemon(account(relay) + signing(in: folder), in: folder)
        #expect(try daemon.sendmail(["-t"], letter + (step == .content ? Self.pastHeader : "")).exitCode == 0)
        try waitUntil("mailq says why: \(try daemon.queue)") { try daemon.queue.contains(text) }
        relay.behaviour.cutsAt = nil
        let flush = try daemon.sendmail(["-q"])
        #expect(flush == ProgramOutcome(exitCode: 0, output: "1 message is tried now\n"))
        try daemon.waitForEmptyQueue()
        #expect(relay.received.count == (step == .endOfData ? 2 : 1))
        for message in relay.received {
            #expect(try SigningIdentity.shared.get().signs(message.content, domain: "example.org"))
        }
    }

    /// Attempts that fail leave no descriptor behind: a relay that is down for long must not end the daemon.
    @Test func failedAttemptsLeaveNothingOpen() throws {
        let relay = try ScriptedRelay(listens: false)
        let daemon = try Daemon(account(relay), descriptorLimit: 40)
        #expect(try daemon.sendmail(["-t"], letter).exitCode == 0)
        for attempt in 1...60 {
            try waitUntil("attempt \(attempt): \(daemon.log)") {
                daemon.log.components("deferred:") == attempt
            }
            try daemon.sendmail(["-q"])
        }
        #expect(!daemon.log.contains("Too many open files"))
    }

    @Test func nobodyListens() throws {
        let relay = try ScriptedRelay(listens: false)
        let daemon = try Daemon(account(relay))
        for _ in 0..<3 { #expect(try daemon.sendmail(["-t"], letter).exitCode == 0) }
        try waitUntil("all were tried") { try daemon.queue.components("nothing listens there") == 3 }
        try relay.listen()
        #expect(try daemon.sendmail(["-q"]).output == "3 messages are tried now\n")
        try daemon.waitForEmptyQueue()
        #expect(relay.received.count == 3)
    }

    /// A session that died while it was idle costs nobody an attempt.
    @Test func idleSessionDied() throws {
        let relay = try ScriptedRelay()
        let daemon = try Daemon(account(relay))
        #expect(try daemon.sendmail(["-t", "-odi"], letter).exitCode == 0)
        relay.behaviour.cutsAt = .mail
        #expect(try daemon.sendmail(["-t", "-odi"], letter).exitCode == 75)
        relay.behaviour.cutsAt = nil
        #expect(try daemon.sendmail(["-t", "-odi"], letter).exitCode == 0)
        #expect(relay.received.count == 2)
    }

    /// kill -9 while eight programs hand in messages as fast as they can; the same spool again.
    @Test func killedInABurst() throws {
        let folder = try TemporaryFolder()
        let relay = try ScriptedRelay()
        let daemon = try Daemon(account(relay), daemon: "max_connections 4", in: folder)
        let burst = try Burst(500, submitters: 8, to: daemon)
        try burst.run { accepted in
            guard accepted == 200 else { return }
            try daemon.kill()
            try daemon.restart()
        }
        #expect(burst.accepted.count > 400)
        try daemon.waitForEmptyQueue()
        let arrived = relay.received.map(Burst.name)
        #expect(Set(burst.accepted).subtracting(arrived).isEmpty)
        // At most those that were being tried when the daemon died, two for each connection, came twice.
        #expect(arrived.count - Set(arrived).count <= 8)
        #expect(try daemon.terminate() == 0)
    }
}

/// Messages handed in by several shims at a time; the names of those that were accepted.
private final class Burst {
    private let daemon: Daemon
    private let submitters: Int
    private var waiting: [String]
    private var running: [(name: String, shim: Program)] = []
    private(set) var accepted: [String] = []

    init(_ count: Int, submitters: Int, to daemon: Daemon) throws {
        self.daemon = daemon
        self.submitters = submitters
        waiting = (0..<count).map { "burst-\($0)" }
    }

    static func name(_ message: ScriptedRelay.Received) -> String {
        let subject = splitMessage(message.content).header.first(named: "Subject")
        return String(decoding: subject?.value.dropFirst() ?? [], as: UTF8.self)
    }

    /// Tells after each accepted message how many that were.
    func run(_ didAccept: (Int) throws -> Void) throws {
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < submitters, let name = waiting.popLast() {
                let message = "From: a@example.org\nTo: b@example.net\nSubject: \(name)\n\nhello\n"
                let input = try daemon.folder.write(message, to: name)
                running.append((name, try daemon.startSendmail(["-t"], input: input)))
            }
            var ended: [(name: String, shim: Program)] = []
            try waitUntil("a shim ends") {
                ended = running.filter { $0.shim.hasEnded }
                return !ended.isEmpty
            }
            running.removeAll { one in ended.contains { $0.name == one.name } }
            for one in ended where try one.shim.outcome().exitCode == 0 {
                accepted.append(one.name)
                try didAccept(accepted.count)
            }
        }
    }
}
