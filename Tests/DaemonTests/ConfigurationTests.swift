// What the daemon is told by files and environment, and what it says when that is wrong.
import Glibc
import MailCore
import TestSupport
import Testing

private let socat = "/usr/bin/socat"
private let mayBeLeftOut = getenv("CI").map { String(cString: $0) } != "true"

@Suite(.serialized) struct ConfigurationTests {
    /// An msmtprc and the variables of the containers that ran dkimsign and msmtp; no configuration of ours.
    private func oldContainer(_ relay: ScriptedRelay, in folder: TemporaryFolder) throws -> Daemon {
        let key = try folder.write(SigningIdentity.shared.get().pem, to: "key.pem")
        let text =
            "defaults\naccount default\nhost 127.0.0.1\nport \(relay.port)\nauth off\nprotocol smtp\nlogfile -\n"
        let daemon = try Daemon(
            in: folder, arguments: [],
            [
                "MSMTPCONFIGFILE=\(try folder.write(text, to: "msmtprc", mode: 0o644))",
                "DKIMSELECTOR=civikim1",
                "DKIMDOMAIN=example.org", "DKIMKEYFILE=\(key)",
                "SMARTHOST_SOCKET=\(folder.file("submit.sock"))",
                "SMARTHOST_STATE=\(folder.path)",
            ])
        try daemon.waitUntilReady()
        return daemon
    }

    /// The key of the environment signs every mail, whoever wrote it, as dkimsign did.
    @Test(arguments: ["ann@example.org", "src@src.test"]) func environmentOfTheOldContainers(
        author: String
    ) throws {
        let folder = try TemporaryFolder()
        let relay = try ScriptedRelay()
        let daemon = try oldContainer(relay, in: folder)
        #expect(
            try daemon.raw(Array("From: \(author)\nTo: dst@dst.test\nSubject: test\n\nMessage\n".utf8)) == "")
        try daemon.waitForEmptyQueue()
        let message = try #require(relay.received.first)
        #expect(message.reversePath == author)
        #expect(message.recipients == ["dst@dst.test"])
        #expect(try SigningIdentity.shared.get().signs(message.content, domain: "example.org"))
        try waitUntil("the mail is logged") { !daemon.program.output.isEmpty }
        #expect(
            daemon.program.output.hasSuffix(
                " host=127.0.0.1 tls=off auth=off from=\(author) recipients=dst@dst.test mailsize="
                    + "\(message.content.count) smtpstatus=250 smtpmsg='250 2.0.0 queued as 1' exitcode=EX_OK\n"
            ))
    }

    @Test(.enabled(if: access(socat, X_OK) == 0 || !mayBeLeftOut, "apt-get install socat"))
    func socatAsSendmail() throws {
        let folder = try TemporaryFolder()
        let relay = try ScriptedRelay()
        let daemon = try oldContainer(relay, in: folder)
        let input = try folder.write(letter, to: "letter")
        let call = ["-t", "50", "-T", "50", "STDIO", "UNIX-CONNECT:\(daemon.socket)"]
        #expect(try Program(socat, call, in: folder, input: input).outcome() == ProgramOutcome(exitCode: 0))
        try daemon.waitForEmptyQueue()
        #expect(relay.received.count == 1)
        let nobody = try folder.write("Subject: to whom?\n\nhello\n", to: "nobody")
        let refused = try Program(socat, call, in: folder, input: nobody).outcome()
        #expect(refused.output.hasPrefix("smarthost: no recipients: the message has none in To, Cc or Bcc"))
        #expect(refused.output.filter { $0 == "\n" }.count == 1)
    }

    @Test func nothingConfigured() throws {
        let folder = try TemporaryFolder()
        // Where an administrator of this machine has a configuration, the default one is not to be seen.
        guard access("/etc/smarthost/smarthost.conf", F_OK) != 0 else { return }
        let environment = [
            "SMARTHOST_STATE=\(folder.path)", "SMARTHOST_SOCKET=\(folder.file("submit.sock"))",
        ]
        let daemon = try Daemon(in: folder, arguments: [], environment)
        try daemon.waitUntilReady()
        #expect(try daemon.sendmail(["-t", "root"], letter).exitCode == 0)
        try daemon.waitForEmptyQueue()
        let names = folder.names(in: "Maildir/new")
        #expect(names.count == 1)
        let stored = String(
            decoding: try readFile(folder.file("Maildir/new/\(try #require(names.first))")), as: UTF8.self)
        #expect(
            stored.hasPrefix(
                "Return-Path: <ann@example.org>\nDelivered-To: root\nDelivered-To: bob@example.net\n"))
        #expect(stored.hasSuffix("\n\nDear Bob,\n.\n..two\nyours\n"))
    }

    @Test(arguments: [
        ("acount x\n", "smarthost.conf:1: "), ("account default\nport 25\n", "has no relay"),
        ("account default\nhost a\nprt 25\n", "prt"), ("daemon\nlisten submit tcp:25\n", "is not an address"),
        ("dkim example.org\nselector s1\n", "key_file"),
        (
            "dkim example.org\nselector s1\nkey_file /nonexistent/key.pem\n",
            "/nonexistent/key.pem: cannot be read"
        ),
        ("account default\nhost a\nport 24x\n", "24x"),
        (
            "daemon\nlisten submit unix:/tmp/x.sock user=no-such-user-here\n",
            "there is no user no-such-user-here"
        ),
    ])
    func mistakes(text: String, part: String) throws {
        let folder = try TemporaryFolder()
        let spool =
            text.hasPrefix("daemon")
            ? "spool \(folder.file("spool"))\n" : "daemon\nspool \(folder.file("spool"))\n"
        let file = try folder.write(text + spool, to: "smarthost.conf")
        let outcome = try Daemon(in: folder, arguments: ["--config", file], []).program.outcome()
        #expect(outcome.exitCode == 78)
        let lines = outcome.error.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("smarthostd: ") && $0.contains(part) }, "\(outcome.error)")
        #expect(folder.names().contains("submit.sock") == false)
    }

    @Test(arguments: ["config", "key", "password_file"]) func secretsOthersCanRead(which: String) throws {
        let folder = try TemporaryFolder()
        let relay = try ScriptedRelay()
        relay.behaviour.replies[.hello] = "250-relay.test\r\n250 AUTH PLAIN"
        let key = try folder.write(
            SigningIdentity.shared.get().pem, to: "key.pem", mode: which == "key" ? 0o644 : 0o600)
        let password = try folder.write(
            "sesame\n", to: "password", mode: which == "password_file" ? 0o644 : 0o600)
        let login = which == "config" ? "password sesame" : "password_file \(password)"
        let text =
            account(relay) + "auth plain\nuser ann\n\(login)\ndkim example.org\nselector s\nkey_file \(key)\n"
        let file = try folder.write(
            Daemon.configuration(text, "", in: folder), to: "smarthost.conf",
            mode: which == "config" ? 0o644 : 0o600)
        let daemon = try Daemon(in: folder, arguments: ["--config", file], [])
        guard which == "password_file" else {
            let outcome = try daemon.program.outcome()
            #expect(outcome.exitCode == 78)
            #expect(outcome.error.contains("mode 0644") && outcome.error.contains("chmod"))
            return #expect(!outcome.error.contains("sesame"))
        }
        // A password is had when it is needed: the mail waits, and says why.
        try daemon.waitUntilReady()
        let outcome = try daemon.sendmail(["-odi", "-t"], letter)
        #expect(outcome.exitCode == 75)
        #expect(
            outcome.error.contains("account default: \(password): ") && outcome.error.contains("mode 0644"))
        #expect(!outcome.error.contains("sesame"))
    }

    @Test func noSuchFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("absent.conf")
        let outcome = try Daemon(in: folder, arguments: [], ["SMARTHOST_CONFIG=\(path)"]).program.outcome()
        #expect(outcome.exitCode == 78)
        #expect(
            outcome.error == "smarthostd: \(path): cannot be read: no such file (named by SMARTHOST_CONFIG)\n"
        )
    }

    /// An openssl.cnf that leaves no SHA-256 is a clear error at the start, not a crash at the first mail.
    @Test func openSSLWithoutDigests() throws {
        let folder = try TemporaryFolder()
        let broken = """
            openssl_conf = main
            [main]
            providers = list
            [list]
            null = nothing
            [nothing]
            activate = 1
            """
        let openSSL = try folder.write(broken, to: "openssl.cnf")
        let path = try folder.write(
            Daemon.configuration(signing(in: folder), "", in: folder), to: "smarthost.conf")
        let daemon = try Daemon(in: folder, arguments: ["--config", path], ["OPENSSL_CONF=\(openSSL)"])
        let outcome = try daemon.program.outcome()
        #expect(outcome.exitCode == 78)
        #expect(outcome.error.contains("OPENSSL_CONF"))
    }
}
