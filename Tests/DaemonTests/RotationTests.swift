// Rotation with the built programs, over the socket. The daemon is in a network of its own, with no way to
// any name server: what the DNS shows is for Interop.
import Glibc
import TestSupport
import Testing

private let mayBeLeftOut = getenv("CI").map { String(cString: $0) } != "true"

@Suite(.serialized, .enabled(if: geteuid() == 0 || !mayBeLeftOut, "a network of its own needs root"))
struct RotationTests {
    let folder: TemporaryFolder
    private var socket: String { folder.file("submit.sock") }

    init() throws {
        folder = try TemporaryFolder()
        let maildir = "account default\nprotocol maildir\nmaildir \(folder.file("Maildir"))\n"
        let text = try Daemon.configuration(maildir + signing(in: folder), "", in: folder)
        try folder.write(text, to: "smarthost.conf")
    }

    private func start() throws -> Program {
        let daemon = try Program(
            "/usr/bin/unshare",
            ["--net", builtProgram("smarthostd"), "--config", folder.file("smarthost.conf")], in: folder)
        try waitUntil("the daemon answers: \(daemon.error)") {
            try !daemon.hasEnded && control("status").exitCode == 0
        }
        return daemon
    }

    private func control(_ words: String...) throws -> ProgramOutcome {
        try Program(builtProgram("smarthostctl"), words + ["--socket", socket], in: folder).outcome()
    }

    @Test func overRestarts() throws {
        let first = try start()
        #expect(try control("dkim", "status").output == "example.org\n  s1  rsa-sha256  signing\n")
        let told = try control("dkim", "rotate", "example.org", "--selector", "s2")
        #expect(told.exitCode == 0 && told.error == "")
        #expect(
            told.output.contains("\npdnsutil add-record example.org s2._domainkey TXT '\"v=DKIM1; k=rsa; p="))
        #expect(folder.names(in: "spool/dkim") == ["example.org.s2.pem", "rotation"])
        first.signal(SIGKILL)
        #expect(try first.outcome().exitCode == -SIGKILL)

        let second = try start()
        #expect(try control("dkim", "rotate", "example.org") == told)
        let status = try control("dkim", "status", "example.org")
        #expect(status.output.contains("  s1  rsa-sha256  signing\n  s2  rsa-sha256  waiting for the DNS: "))
        #expect(status.output.contains("the DNS could not be asked"))
        let letter = try folder.write(letter, to: "letter")
        let sent = try Program(
            builtProgram("sendmail"), ["--socket", socket, "-odi", "-t"], in: folder, input: letter)
        #expect(try sent.outcome().exitCode == 0)
        #expect(second.error.contains(" dkim=s1._domainkey.example.org"))
        #expect(second.error.contains("key rotation asked for: domain=example.org"))
        #expect(try control("dkim", "rotate", "example.org", "--cancel").exitCode == 0)
        #expect(folder.names(in: "spool/dkim") == ["rotation"])
        second.signal(SIGTERM)
        #expect(try second.outcome().exitCode == 0)
    }

    /// The configured key may be withdrawn: mail waits until the state can be read again.
    @Test func damagedState() throws {
        let first = try start()
        let told = try control("dkim", "rotate", "example.org", "--selector", "s2")
        first.signal(SIGTERM)
        #expect(try first.outcome().exitCode == 0)
        try folder.write("domain=exam", to: "spool/dkim/rotation")
        let second = try start()
        #expect(second.error.contains("signed mail waits: "))
        let status = try control("dkim", "status")
        #expect(status.exitCode != 0 && status.error.contains("mend that and start smarthostd again"))
        let letter = try folder.write(letter, to: "letter")
        let sent = try Program(
            builtProgram("sendmail"), ["--socket", socket, "-odi", "-t"], in: folder, input: letter)
        #expect(try sent.outcome().exitCode == 75)
        #expect(try control("queue").output.contains("spool/dkim/rotation:1: this line cannot be read"))
        #expect(told.exitCode == 0 && folder.names(in: "spool/dkim") == ["example.org.s2.pem", "rotation"])
        second.signal(SIGTERM)
        #expect(try second.outcome().exitCode == 0)
    }

    @Test func refused() throws {
        let daemon = try start()
        let unknown = try control("dkim", "rotate", "example.net")
        #expect(unknown.exitCode == 65 && unknown.output == "")
        #expect(
            unknown.error
                == "smarthostctl: the daemon has no key for example.net; it has keys for: example.org\n")
        let both = try control("dkim", "rotate", "example.org", "--cancel", "--selector", "x")
        #expect(both.exitCode == 64)
        daemon.signal(SIGTERM)
        #expect(try daemon.outcome().exitCode == 0)
        let nobody = try control("dkim", "rotate", "example.org")
        #expect(nobody.exitCode == 69 && nobody.error.contains("no daemon answers on \(socket)"))
    }
}
