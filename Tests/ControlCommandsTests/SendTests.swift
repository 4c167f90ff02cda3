// `send`: which account, which sender, which recipients, and the local Maildir.
import DKIMCore
import LinuxIO
import TestSupport
import Testing

@testable import ControlCommands

@Suite struct SendTests {
    private static func write(_ more: String = "", in folder: Folder) throws -> String {
        try folder.write(
            """
            account default
            protocol maildir
            maildir \(folder.path)/Maildir
            from me@example.org
            from_full_name Jo Doe
            account work
            protocol maildir
            maildir \(folder.path)/Work
            from me@example.net
            \(more)
            """, to: "conf")
    }

    private static func delivered(_ maildir: String) throws -> String {
        let names = try Files.names(in: "\(maildir)/new")
        let name = try #require(names.first)
        #expect(names.count == 1)
        return String(decoding: try Files.read("\(maildir)/new/\(name)", limit: 100_000), as: UTF8.self)
    }

    @Test func intoAMaildirSigned() async throws {
        let folder = try Folder()
        let key = "\(folder.path)/key.pem"
        try SigningKey.generate().withPEM { try writeNewSystemFile(key, $0, 0o600) }
        let file = try Self.write("dkim example.org\nselector s1\nkey_file \(key)\n", in: folder)
        let outcome = try await control("send", "you@example.com", "root", "--config", file)
        #expect(outcome.complaints == [])
        #expect(outcome.code == ExitCode.success)
        #expect(outcome.output.contains("signed: the key is looked up at s1._domainkey.example.org\n"))
        #expect(outcome.output.contains("250 stored as \(folder.path)/Maildir/new/"))
        let mail = try Self.delivered("\(folder.path)/Maildir")
        #expect(mail.hasPrefix("Return-Path: <me@example.org>\nDelivered-To: you@example.com\n"))
        #expect(mail.contains("\nFrom: Jo Doe <me@example.org>\n"))
        #expect(mail.contains("\nTo: you@example.com,\n root\n"))
        #expect(mail.contains("\nDate: ") && mail.contains("\nMessage-ID: <"))
        let message = try #require(mail.firstRange(of: "DKIM-Signature:")).lowerBound
        let verified = try await onLoop { loop in
            try await control(["dkim", "verify"], on: loop) { world in
                world.input = Array(mail[message...].utf8)
                let record = try KeyRecord(for: SigningKey(pem: Files.read(key, limit: 10_000)))
                world.records["s1._domainkey.example.org"] = .records([Array(record.text.utf8)])
            }
        }
        #expect(verified.output.hasPrefix("dkim=pass header.d=example.org"))
    }

    @Test(arguments: [
        (["--account", "work"], "Work", "me@example.net"),
        (["--from", "me@example.net"], "Work", "me@example.net"),
        (["--from", "other@example.com"], "Maildir", "other@example.com"),
        (["--from", "<>"], "Maildir", ""),
        (["--from", "me@example.net", "--account", "default"], "Maildir", "me@example.net"),
    ])
    func accountAndSender(options: [String], maildir: String, sender: String) async throws {
        let folder = try Folder()
        let file = try Self.write(in: folder)
        let outcome = try await onLoop { loop in
            try await control(["send", "you@example.com", "--config", file] + options, on: loop)
        }
        #expect(outcome.code == ExitCode.success)
        #expect(try Self.delivered("\(folder.path)/\(maildir)").hasPrefix("Return-Path: <\(sender)>\n"))
    }

    @Test(arguments: [
        ([], ExitCode.usage, "send wants ADDRESS ..."),
        (["@"], ExitCode.noUser, "the recipient is no address"),
        (["a@b.example,c@b.example"], ExitCode.noUser, "the recipient is no address"),
        (["you@example.com", "--from", "a b c"], ExitCode.usage, "--from: "),
        (
            ["you@example.com", "--account", "wrk"], ExitCode.configuration,
            "there is no account wrk; there are: default, work"
        ),
        (["you@example.com", "--debg"], ExitCode.usage, "send has no option --debg"),
        (["you@example.com", "--debug=yes"], ExitCode.usage, "send takes no value for --debug"),
        (["you@example.com", "--from"], ExitCode.usage, "send wants ADDRESS behind --from"),
    ])
    func refused(arguments: [String], code: Int32, text: String) async throws {
        let folder = try Folder()
        let file = try Self.write(in: folder)
        let outcome = try await onLoop { loop in
            try await control(["send", "--config", file] + arguments, on: loop)
        }
        #expect(outcome.code == code)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.complaint.hasPrefix(text))
        #expect(outcome.output == "")
    }

    @Test func aBareNameIsNobodyToARelay() async throws {
        let folder = try Folder()
        let file = try folder.write("account default\nhost 127.0.0.1\nfrom a@example.org\n", to: "conf")
        let outcome = try await control("send", "root", "--config", file)
        #expect(outcome.code == ExitCode.noUser)
        #expect(outcome.complaint.contains("the recipient \"root\" has no domain"))
    }

    @Test func aKeyThatCannotBeUsedSendsNothing() async throws {
        let folder = try Folder()
        let file = try Self.write("dkim example.org\nselector s1\nkey_file /nonexistent/k.pem\n", in: folder)
        let outcome = try await control("send", "you@example.com", "--config", file)
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.complaint.hasPrefix("not sent: \(file):"))
        #expect(
            outcome.complaint.hasSuffix(
                ": dkim example.org: /nonexistent/k.pem: cannot be read: no such file"))
        #expect(throws: SystemError.self) { try Files.names(in: "\(folder.path)/Maildir") }
    }

    @Test func aMaildirThatCannotBeWritten() async throws {
        let folder = try Folder()
        let file = try folder.write("account default\nprotocol maildir\nmaildir /dev/null/x\n", to: "conf")
        let outcome = try await control("send", "you@example.com", "--config", file)
        #expect(outcome.code == ExitCode.unavailable)
        #expect(outcome.complaint.hasPrefix("not sent: the Maildir /dev/null/x cannot be written: "))
    }
}
