// A daemon of the built program in a folder of its own, and the callers that hand mail to it.
import Glibc
import TestSupport
import Testing

private let sendmail = builtProgram("sendmail")
private let smarthostd = builtProgram("smarthostd")

/// A folder with a configuration, a spool, a socket, and a daemon that can be ended and started again.
final class Daemon {
    let folder: TemporaryFolder
    let environment: [String]
    private(set) var program: Program

    var socket: String { folder.file("submit.sock") }
    var log: String { program.error }

    /// A daemon that answers on its socket.
    convenience init(
        _ accounts: String, daemon keys: String = "", in folder: TemporaryFolder? = nil,
        environment: [String] = [], descriptorLimit: Int? = nil
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        try folder.write(Self.configuration(accounts, keys, in: folder), to: "smarthost.conf")
        try self.init(
            in: folder, arguments: ["--config", folder.file("smarthost.conf")], environment, descriptorLimit)
        try waitUntilReady()
    }

    /// `descriptorLimit`: how many descriptors it may have open, which it cannot raise.
    init(
        in folder: TemporaryFolder, arguments: [String], _ environment: [String],
        _ descriptorLimit: Int? = nil
    ) throws {
        self.folder = folder
        self.environment = environment
        self.arguments = arguments
        guard let descriptorLimit else {
            program = try Program(smarthostd, arguments, in: folder, environment: environment)
            return
        }
        let limited = ["-c", "ulimit -n \(descriptorLimit) && exec \"$0\" \"$@\"", smarthostd]
        program = try Program("/bin/sh", limited + arguments, in: folder, environment: environment)
    }

    private let arguments: [String]

    static func configuration(_ accounts: String, _ keys: String, in folder: TemporaryFolder) -> String {
        """
        \(accounts)
        daemon
        listen submit unix:\(folder.file("submit.sock")) mode=0660
        spool \(folder.file("spool"))
        retry 1h
        \(keys)
        """ + "\n"
    }

    func waitUntilReady() throws {
        try waitUntil("the daemon listens on \(socket): \(log)") {
            if program.hasEnded { throw TestFailure("the daemon ended: \(log)") }
            return (try? TestSocket(connectingTo: .unix(path: socket))) != nil
        }
    }

    /// The same daemon once more, after it ended.
    func restart() throws {
        program = try Program(smarthostd, arguments, in: folder, environment: environment)
        try waitUntilReady()
    }

    func kill() throws {
        program.signal(SIGKILL)
        #expect(try program.outcome().exitCode == -SIGKILL)
    }

    /// SIGTERM; gives the exit code.
    func terminate() throws -> Int32 {
        program.signal(SIGTERM)
        return try program.outcome().exitCode
    }

    // MARK: Callers

    /// Runs the shim to its end.
    @discardableResult
    func sendmail(_ arguments: [String], _ message: String = "") throws -> ProgramOutcome {
        try sendmail(arguments, Array(message.utf8))
    }

    @discardableResult
    func sendmail(_ arguments: [String], _ message: [UInt8]) throws -> ProgramOutcome {
        try startSendmail(arguments, input: folder.write(message, to: "message")).outcome()
    }

    func startSendmail(_ arguments: [String], input: String = "/dev/null") throws -> Program {
        try Program(
            DaemonTests.sendmail, arguments + [], in: folder, input: input,
            environment: ["SMARTHOST_SOCKET=\(socket)"])
    }

    /// What a plain client of the socket gets back.
    func raw(_ bytes: [UInt8]) throws -> String {
        let connection = try TestSocket(connectingTo: .unix(path: socket))
        connection.write(bytes)
        connection.endWriting()
        return String(decoding: connection.readAll(), as: UTF8.self)
    }

    var queue: String { get throws { try sendmail(["-bp"]).output } }

    func waitForEmptyQueue() throws {
        try waitUntil("the queue is empty; the log: \(log)") { try queue == "Mail queue is empty\n" }
    }
}

/// The account, with its name.
func account(_ relay: ScriptedRelay, _ name: String = "default", _ keys: String = "") -> String {
    "account \(name)\n\(relay.account)\(keys)"
}

/// A section that signs for example.org with the run's key.
func signing(in folder: TemporaryFolder) throws -> String {
    let path = try folder.write(SigningIdentity.shared.get().pem, to: "key.pem")
    return "dkim example.org\nselector s1\nkey_file \(path)\n"
}

let letter = "From: ann@example.org\nTo: bob@example.net\nSubject: hello\n\nDear Bob,\n.\n..two\nyours\n"
