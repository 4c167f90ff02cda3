// One smarthost of a test's own: folder, configuration, running daemon, and the shim that calls it. The
// daemon ends with the object.

import Glibc
import Synchronization

/// The programs stand beside the test program.
enum Built {
    static let folder: String = {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        return String(decoding: own.prefix(upTo: own.lastIndex(of: UInt8(ascii: "/")) ?? 0), as: UTF8.self)
    }()

    static var sendmail: String { folder + "/sendmail" }
    static var smarthostd: String { folder + "/smarthostd" }
    static var smarthostctl: String { folder + "/smarthostctl" }
}

final class Smarthost: Sendable {
    let folder: Folder
    let socket: String
    private let environment: [String: String]
    private let daemon = Mutex<Program?>(nil)

    /// `accounts`: sections of the configuration. `listen`: what stands behind the socket's path.
    /// `dkim`: the domains to sign for, each with more keys for its section. `environment`: where there is any,
    /// it names the configuration too, as in the first users' containers.
    init(
        _ accounts: String, socket: String? = nil, listen: String = "mode=0666", daemonKeys: String = "",
        dkim: [String: String] = ["example.test": ""], environment: [String: String] = [:],
        starts: Bool = true
    ) async throws {
        folder = try Folder()
        self.environment = environment
        self.socket = socket ?? folder.file("submit.sock")
        var text = accounts
        let key = try await Laboratory.signingKey()
        for (domain, keys) in dkim {
            text += "\ndkim \(domain)\nselector \(Laboratory.selector)\nkey_file \(key)\n\(keys)\n"
        }
        text += """

            daemon
            listen submit unix:\(self.socket) \(listen)
            spool \(folder.file("spool"))
            retry 1h
            \(daemonKeys)

            """
        try writeFile(configuration, text.utf8)
        if starts { try await start() }
    }

    deinit { if let process = process { kill(process, SIGKILL) } }

    /// The running daemon.
    var process: pid_t? { daemon.withLock { $0?.process } }

    var configuration: String { folder.file("smarthost.conf") }
    /// What the daemon logged: it stays among the servers' logs, for whoever looks after a failure.
    var log: String { "\(Laboratory.root)/var/log/\(logName)" }
    private var logName: String { "smarthostd-\(folder.path.split(separator: ".").last ?? "").log" }

    func start() async throws {
        var environment = environment
        let arguments = environment.isEmpty ? ["--config", configuration] : []
        if !environment.isEmpty { environment["MSMTPCONFIGFILE"] = configuration }
        let running = try Program([Built.smarthostd] + arguments, environment: environment, log: log)
        daemon.withLock { $0 = running }
        _ = try await eventually("a daemon at \(socket)") {
            if kill(running.process, 0) != 0 {
                throw Failure("the daemon has ended; its log is among the servers' logs: \(self.logName)")
            }
            return try await run([Built.sendmail, "--socket", self.socket, "-bp"]).exitCode == 0 ? true : nil
        }
    }

    /// Sends the daemon a signal and waits for its end.
    @discardableResult
    func end(_ signal: CInt = SIGTERM) async throws -> Outcome? {
        guard let running = daemon.withLock({ $0.take() }) else { return nil }
        kill(running.process, signal)
        return try await running.outcome()
    }

    /// Takes a process for the daemon that somebody else has started.
    func adopt(_ program: Program) { daemon.withLock { $0 = program } }

    /// Calls the shim.
    func sendmail(_ arguments: String..., message: [UInt8]) async throws -> Outcome {
        try await run([Built.sendmail, "--socket", socket] + arguments, input: message, environment: [:])
    }

    /// What `mailq` prints.
    func mailq() async throws -> String {
        try await run([Built.sendmail, "--socket", socket, "-bp"]).succeeded("mailq")
    }

    /// Waits until `mailq` says this.
    func queueSays(_ text: String) async throws {
        _ = try await eventually("\"\(text)\" in the queue") {
            try await self.mailq().contains(text) ? true : nil
        }
    }

    /// `sendmail -q`: everything is tried now.
    func flush() async throws {
        _ = try await run([Built.sendmail, "--socket", socket, "-q"]).succeeded("sendmail -q")
    }
}
