// `check`: what would go wrong, before it does.
import DKIMCore
import LinuxIO
import ProgramEnvironment
import SmarthostConfiguration
import Spool
import TestSupport
import Testing

@testable import ControlCommands

@Suite struct CheckTests {
    /// A configuration that nothing is wrong with; `more` comes behind the account.
    private static func write(_ more: String = "", in folder: Folder, mode: UInt32 = 0o600) throws -> String {
        try folder.write(
            """
            daemon
            listen submit unix:\(folder.path)/run/s.sock
            spool \(folder.path)/spool
            account default
            host relay.example.org
            from me@example.org
            \(more)
            """, to: "conf", mode: mode)
    }

    private static func writeKey(_ folder: Folder, bits: Int = 2048, mode: UInt32 = 0o600) throws -> String {
        let path = "\(folder.path)/key.pem"
        try SigningKey.generate(bits: bits).withPEM { try writeNewSystemFile(path, $0, mode) }
        try Files.setMode(path, mode)
        return path
    }

    @Test func allIsWell() async throws {
        let folder = try Folder()
        let key = try Self.writeKey(folder)
        let password = try folder.write("tanstaaf\n", to: "password")
        let file = try Self.write(
            """
            tls on
            tls_trust_file \(ScriptedRelay.certificate).crt
            auth on
            user tim
            password_file \(password)
            logfile \(folder.path)/msmtp.log
            dkim example.org
            selector s1
            key_file \(key)
            """, in: folder)
        let outcome = try await control("check", "--config", file)
        #expect(outcome.complaints == [])
        #expect(outcome.code == ExitCode.success)
        for part in [
            "configuration: \(file)\nchecked as: ",
            "account default\n    host relay.example.org    # \(file):5\n",
            "dkim example.org: \(key): rsa key of 2048 bits\n",
            "account default: the password is in \(password)\n",
            "account default: the logfile \(folder.path)/msmtp.log can be written\n", "no daemon runs",
            "spool \(folder.path)/spool: does not exist yet", "\n\nNothing is wrong.\n",
        ] {
            #expect(outcome.output.contains(part))
        }
        let names = try Files.names(in: folder.path).sorted()
        #expect(names == ["conf", "key.pem", "password"], "a check changes nothing")
    }

    @Test func secretsAreMasked() async throws {
        let folder = try Folder()
        let file = try Self.write("auth cram-md5\nuser tim\npassword tanstaaf\n", in: folder)
        let outcome = try await control("check", "--config", file)
        #expect(outcome.output.contains("password ***"))
        #expect(!outcome.output.contains("tanstaaf"))
    }

    @Test(arguments: [
        ("hots relay.example.org", "conf:7: hots: "), ("port many", "conf:7: port: "),
        (
            "tls on\ntls_trust_file /nonexistent/ca.pem",
            "account default: tls_trust_file /nonexistent/ca.pem: "
        ),
        (
            "auth on\nuser tim\npassword_file /nonexistent/p",
            "password_file: /nonexistent/p: cannot be read: no such file"
        ),
        (
            "logfile /nonexistent/log/mail.log",
            "there is no folder /nonexistent/log; make it: mkdir -p /nonexistent/log"
        ),
        ("logfile /tmp", "account default: logfile /tmp: is a directory; name a file in it"),
        (
            "dkim example.org\nselector s1\nkey_file /nonexistent/k.pem",
            "/nonexistent/k.pem: cannot be read: no such file"
        ),
        ("account m\nprotocol maildir\nmaildir /dev/null/Maildir", "the Maildir /dev/null/Maildir: "),
    ])
    func wrong(line: String, text: String) async throws {
        let folder = try Folder()
        let outcome = try await control("check", "--config", try Self.write(line, in: folder))
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaint.contains(text))
        #expect(outcome.output.contains("Found: 1 error"))
    }

    @Test func filesThatOthersCanRead() async throws {
        let folder = try Folder()
        let key = try Self.writeKey(folder, mode: 0o644)
        let password = try folder.write("tanstaaf\n", to: "password", mode: 0o644)
        let file = try Self.write(
            "auth cram-md5\nuser tim\npassword_file \(password)\ndkim example.org\nselector s1\nkey_file \(key)\n",
            in: folder)
        let outcome = try await control("check", "--config", file)
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaints.count == 2)
        #expect(outcome.complaint.contains("chmod 600 \(key)"))
        #expect(outcome.complaint.contains("chmod 600 \(password)"))
        #expect(!outcome.complaint.contains("tanstaaf"))
    }

    @Test(arguments: [0o600, 0o644] as [UInt32]) func aPublicKeyForThePrivateOne(mode: UInt32) async throws {
        let folder = try Folder()
        let key = try folder.write(
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n", to: "k.pub",
            mode: mode)
        let file = try Self.write("dkim example.org\nselector s1\nkey_file \(key)\n", in: folder)
        let outcome = try await control("check", "--config", file)
        let complaint = try #require(outcome.complaints.first)
        #expect(outcome.code == ExitCode.configuration)
        #expect(complaint.hasPrefix("\(file):"))
        #expect(
            complaint.hasSuffix(
                ": dkim example.org: \(key): holds a public key, which cannot sign; name the private key's file in key_file"
            ))
        #expect(outcome.complaints.count == 1)
    }

    @Test(arguments: [(0 as UInt32, true), (1000, false)])
    func rootIsToldForWhomItJudges(userID: UInt32, isTold: Bool) async throws {
        let folder = try Folder()
        let file = try Self.write(in: folder)
        let process = ProcessIdentity(userID: userID, groupID: userID, userName: nil, groupName: nil)
        let outcome = try await onLoop { loop in
            try await control(["check", "--config", file], on: loop, process: process)
        }
        let line = outcome.output.split(separator: "\n").first { $0.hasPrefix("checked as: ") }
        #expect(line?.contains("runuser -u smarthost -- smarthostctl check") == isTold)
    }

    @Test func everyErrorOfTheFile() async throws {
        let folder = try Folder()
        let outcome = try await control("check", "--config", try Self.write("hots a\nprot 25\n", in: folder))
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaints.count == 2)
        #expect(outcome.output == "\nFound: 2 errors.\n")
        let missing = try await control("check", "--config", "\(folder.path)/none")
        #expect(missing.code == ExitCode.configuration)
        #expect(
            missing.complaints == ["\(folder.path)/none: cannot be read: no such file (named by --config)"])
    }

    @Test func aSmallKeyIsAWarning() async throws {
        let folder = try Folder()
        let key = try Self.writeKey(folder, bits: 1024)
        let outcome = try await control(
            "check", "--config",
            try Self.write("dkim example.org\nselector s1\nkey_file \(key)\n", in: folder))
        #expect(outcome.code == ExitCode.success)
        #expect(outcome.complaints.count == 1)
        #expect(
            outcome.complaint.hasPrefix("dkim example.org: \(key): warning: the RSA key has only 1024 bits"))
        #expect(outcome.output.hasSuffix("Found: 1 warning.\n"))
    }

    @Test(arguments: ["spool", "run"]) func aFileWhereADirectoryShouldBe(name: String) async throws {
        let folder = try Folder()
        try folder.write("", to: name)
        let outcome = try await control("check", "--config", try Self.write(in: folder))
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaint.contains("\(folder.path)/\(name)"))
        #expect(outcome.complaint.contains("is not a directory; move it away"))
    }

    @Test func spoolThatOthersMayEnter() async throws {
        let folder = try Folder()
        try Files.makeDirectory("\(folder.path)/spool", mode: 0o755)
        try Files.setMode("\(folder.path)/spool", 0o755)
        let outcome = try await control("check", "--config", try Self.write(in: folder))
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaint.hasSuffix("others may enter it (mode 755): chmod 700 \(folder.path)/spool"))
    }

    @Test func whoHoldsTheSpool() async throws {
        let folder = try Folder()
        let file = try Self.write(in: folder)
        let (held, answered) = try await onLoop { loop in
            let spool = try SQLiteSpool.open(directory: "\(folder.path)/spool")
            let held = try await control(["check", "--config", file], on: loop)
            try Files.makeDirectory("\(folder.path)/run", mode: 0o700)
            let listener = try Listener(
                path: "\(folder.path)/run/s.sock", user: nil, group: nil, mode: 0o600, on: loop)
            let answered = try await control(["check", "--config", file], on: loop)
            listener.close()
            await spool.close()
            return (held, answered)
        }
        #expect(held.code == ExitCode.configuration)
        #expect(held.complaint.contains("process \(Host.processID) works on it but answers on no socket"))
        #expect(answered.code == ExitCode.success)
        #expect(answered.output.contains("run/s.sock: a daemon answers\n"))
        #expect(answered.output.contains("spool: 0 messages in the queue\n"))
    }

    @Test func socketOwners() async throws {
        let folder = try Folder()
        let file = try folder.write(
            "daemon\nlisten submit unix:\(folder.path)/s user=nobody-here group=none-here\nspool \(folder.path)/spool\n",
            to: "conf")
        let outcome = try await control("check", "--config", file, state: folder.path)
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaint.contains("there is no user nobody-here on this system"))
        #expect(outcome.complaint.contains("there is no group none-here on this system"))
    }

    @Test func withoutAConfigurationTheDefaultHolds() async throws {
        let folder = try Folder()
        let outcome = try await control(
            "check", variables: ["SMARTHOST_SOCKET": "\(folder.path)/s.sock"], state: folder.path)
        #expect(outcome.code == ExitCode.success)
        #expect(outcome.output.hasPrefix("configuration: none (there is no /etc/smarthost/smarthost.conf)"))
        #expect(
            outcome.output.contains("account default: mail is kept in the Maildir \(folder.path)/Maildir\n"))
    }

    enum Published: CaseIterable { case same, another, revoked, nothing, noAnswer }

    @Test(arguments: [
        (Published.same, ExitCode.success, "the published key is the one in"),
        (.another, ExitCode.configuration, "k=ed25519 is published, but the key in"),
        (.revoked, ExitCode.configuration, "p= is empty, which says that the key was revoked"),
        (.nothing, ExitCode.success, "warning: there is no such name in the DNS (NXDOMAIN)"),
        (.noAnswer, ExitCode.success, "warning: the name server 192.0.2.1:53 did not answer"),
    ])
    func published(_ what: Published, code: Int32, text: String) async throws {
        let folder = try Folder()
        let path = try Self.writeKey(folder)
        let file = try folder.write(
            """
            daemon
            listen submit unix:\(folder.path)/s
            spool \(folder.path)/spool
            account default
            protocol maildir
            maildir \(folder.path)/Maildir
            dkim example.org
            selector s1
            key_file \(path)
            """, to: "conf")
        let outcome = try await onLoop { loop in
            try await control(["check", "--connect", "--config", file], on: loop) { world in
                world.records["s1._domainkey.example.org"] = try Self.answer(what, path)
            }
        }
        #expect(outcome.code == code)
        #expect((outcome.output + outcome.complaint).contains("s1._domainkey.example.org: \(text)"))
    }

    private static func answer(_ what: Published, _ path: String) throws -> KeyAnswer {
        switch what {
        case .same:
            let key = try SigningKey(pem: Files.read(path, limit: 10_000))
            return .records([Array(try KeyRecord(for: key).text.utf8)])
        case .another:
            return .records([Array(try KeyRecord(for: .generate(.ed25519SHA256)).text.utf8)])
        case .revoked: return .records([Array("v=DKIM1; p=".utf8)])
        case .nothing: return .none
        case .noAnswer: return .temporaryFailure("192.0.2.1:53")
        }
    }
}
