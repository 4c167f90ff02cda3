// `dkim check` as a whole: sections, accounts, exit codes and both forms of its output.
import DKIMCore
import LinuxIO
import TestSupport
import Testing

@testable import ControlCommands

@Suite struct DKIMCheckTests {
    private static let accounts = """
        account default
        host mail.example.org
        from info@example.org
        account news
        host mail.example.org
        from news@news.example.org
        account other
        host mail.example.org
        from me@example.net

        """
    private static let section = """
        dkim example.org
        selector s1
        key_file /keys/s1.pem

        """

    static let dmarc = KeyAnswer.records([Array("v=DMARC1; p=reject".utf8)])

    static func check(
        _ arguments: String..., text: String? = nil,
        with prepare: @escaping @Sendable (TestWorld, KeyRecord) -> Void = { _, _ in }
    ) async throws -> Outcome {
        let folder = try Folder()
        let file = try folder.write(text ?? accounts + section, to: "conf")
        return try await onLoop { loop in
            try await control(["dkim", "check", "--config", file] + arguments, on: loop) { world in
                let key = try SigningKey.generate(.ed25519SHA256)
                try key.withPEM { pem in world.files["/keys/s1.pem"] = pem.withUnsafeBytes { Array($0) } }
                prepare(world, try KeyRecord(for: key))
            }
        }
    }

    static func publish(_ world: TestWorld, _ record: KeyRecord) {
        world.records["s1._domainkey.example.org"] = .records([Array(record.text.utf8)])
        world.records["_dmarc.example.org"] = dmarc
    }

    /// An account may name the environment's key by its domain.
    @Test func keyOfTheEnvironment() async throws {
        let folder = try Folder()
        let file = try folder.write(
            """
            account default
            host mail.example.org
            from me@example.org
            dkim_domain example.org
            """, to: "conf")
        let outcome = try await onLoop { loop in
            try await control(
                ["dkim", "check", "--config", file],
                variables: [
                    "DKIMSELECTOR": "s1", "DKIMDOMAIN": "example.org", "DKIMKEYFILE": "/keys/s1.pem",
                ], on: loop
            ) { world in
                let key = try SigningKey.generate(.ed25519SHA256)
                try key.withPEM { pem in world.files["/keys/s1.pem"] = pem.withUnsafeBytes { Array($0) } }
                Self.publish(world, try KeyRecord(for: key))
            }
        }
        #expect(outcome.code == ExitCode.success)
        #expect(outcome.output.contains("account default: good: mail from example.org is aligned"))
        #expect(!outcome.output.contains("no section dkim signs"))
    }

    /// Alignment is told of before there is a DMARC record, as far as it can be known.
    @Test(arguments: [("me@news.example.org", false), ("me@example.net", true)])
    func withoutDMARC(from: String, isForeign: Bool) async throws {
        let account = "account default\nhost mail.example.org\nfrom \(from)\ndkim_domain example.org\n"
        let outcome = try await Self.check(text: account + Self.section) { world, record in
            Self.publish(world, record)
            world.records["_dmarc.example.org"] = nil
        }
        #expect(outcome.code == ExitCode.success)
        let note =
            "account default: note: mail from example.net is signed with d=example.org, which DMARC will "
        #expect(outcome.output.contains(note) == isForeign)
        #expect(outcome.output.contains("there is no DMARC record for"))
    }

    @Test func allGood() async throws {
        let outcome = try await Self.check("example.org", with: Self.publish)
        #expect(outcome.code == ExitCode.success && outcome.complaints == [])
        #expect(
            outcome.output == """
                s1._domainkey.example.org: good: the published key is the one in /keys/s1.pem
                _dmarc.example.org: good: the DMARC record says p=reject; adkim=r
                account default: good: mail from example.org is aligned: d= is the same domain
                _dmarc.example.org: good: the DMARC record, which holds for news.example.org too, says p=reject; adkim=r
                account news: good: mail from news.example.org is aligned: it and d=example.org both belong to example.org

                Nothing is wrong.

                """)
        let all = try await Self.check(with: Self.publish)
        #expect(all.code == ExitCode.success)
        #expect(all.output.contains("account other: note: no section dkim signs mail from example.net\n"))
        #expect(all.output.hasSuffix("\nFound: 1 to be noted.\n"))
    }

    @Test func notPublished() async throws {
        let outcome = try await Self.check("EXAMPLE.org") { world, _ in
            world.records["_dmarc.example.org"] = Self.dmarc
        }
        #expect(outcome.code == ExitCode.failure)
        #expect(outcome.output.contains("s1._domainkey.example.org: wrong: there is no such name in the DNS"))
        #expect(outcome.output.contains("\n    name:  s1._domainkey   where the zone is example.org\n"))
        #expect(outcome.output.hasSuffix("\nFound: 1 wrong.\n"))
    }

    @Test func noAnswer() async throws {
        let outcome = try await Self.check("example.org") { world, record in
            Self.publish(world, record)
            world.records["_dmarc.news.example.org"] = .temporaryFailure("192.0.2.1:53")
        }
        #expect(outcome.code == ExitCode.unavailable)
        #expect(
            outcome.output.contains("_dmarc.news.example.org: unknown: the name server 192.0.2.1:53 did not"))
        let both = try await Self.check("example.org") { world, _ in
            world.records["_dmarc.example.org"] = .temporaryFailure("192.0.2.1:53")
        }
        #expect(both.code == ExitCode.failure)
    }

    @Test func unusableKey() async throws {
        let outcome = try await Self.check("example.org") { world, record in
            Self.publish(world, record)
            world.files["/keys/s1.pem"] = nil
        }
        #expect(outcome.code == ExitCode.failure)
        #expect(outcome.output.contains("s1._domainkey.example.org: wrong: /keys/s1.pem"))
    }

    /// `dkim *` signs what no other section does; an account may name its section, or none.
    @Test func whoseMailASectionSigns() async throws {
        let accounts = """
            account default
            host mail.example.org
            from info@example.net
            account chosen
            host mail.example.org
            from news@news.example.org
            dkim_domain *
            account quiet
            host mail.example.org
            from me@example.com
            dkim_domain off
            account own
            host mail.example.org
            from a@deep.news.example.org
            dkim *
            domain example.net
            selector s1
            key_file /keys/s1.pem
            dkim news.example.org
            selector s1
            key_file /keys/s1.pem

            """
        let outcome = try await Self.check(text: accounts + Self.section) { world, record in
            for domain in ["example.net", "news.example.org", "example.org"] {
                world.records["s1._domainkey.\(domain)"] = .records([Array(record.text.utf8)])
                world.records["_dmarc.\(domain)"] = Self.dmarc
            }
        }
        #expect(outcome.code == ExitCode.failure)
        let lines = outcome.output.split(separator: "\n").filter { !$0.hasPrefix("_dmarc.") }
        #expect(
            lines == [
                "s1._domainkey.example.net: good: the published key is the one in /keys/s1.pem",
                "account default: good: mail from example.net is aligned: d= is the same domain",
                "account chosen: wrong: mail from news.example.org is not aligned: it belongs to example.org, "
                    + "d=example.net to example.net; sign it with a key of example.org",
                "s1._domainkey.news.example.org: good: the published key is the one in /keys/s1.pem",
                "account own: good: mail from deep.news.example.org is aligned: it and d=news.example.org both "
                    + "belong to example.org",
                "s1._domainkey.example.org: good: the published key is the one in /keys/s1.pem",
                "example.org: good: mail from example.org is aligned: d= is the same domain",
                "Found: 1 wrong.",
            ])
    }

    @Test func keysOfOneSectionMixedUp() async throws {
        let section = "\(Self.accounts)\(Self.section)selector s2\nkey_file /keys/s2.pem\n"
        let outcome = try await Self.check("example.org", text: section) { world, record in
            Self.publish(world, record)
            guard let key = try? SigningKey.generate(.ed25519SHA256) else { return }
            try? key.withPEM { pem in world.files["/keys/s2.pem"] = pem.withUnsafeBytes { Array($0) } }
            world.records["s2._domainkey.example.org"] = .records([Array(record.text.utf8)])
        }
        #expect(
            outcome.output.contains(
                "s2._domainkey.example.org: wrong: another key is published than the one in /keys/s2.pem, that of "
                    + "the selector s1 of example.org, so every signature fails"))
    }

    @Test func json() async throws {
        let outcome = try await Self.check("example.org", "--json") { world, _ in
            world.records["s1._domainkey.example.org"] = .records([Array("v=DKIM1; p=".utf8)])
            world.records["_dmarc.example.org"] = Self.dmarc
        }
        #expect(outcome.code == ExitCode.failure)
        #expect(
            outcome.output.hasPrefix(
                #"{"result": "wrong", "findings": [{"grade": "wrong", "code": "revoked", "domain": "example.org", "#
                    + #""selector": "s1", "place": "s1._domainkey.example.org", "text": "p= is empty"#))
        #expect(outcome.output.contains(#""publish": "v=DKIM1; k=ed25519; p="#))
        #expect(outcome.output.contains(#""code": "aligned", "domain": "example.org", "selector": null"#))
    }

    @Test func theServerIsAsked() async throws {
        let asked = Collected()
        let outcome = try await Self.check("--dns", "[::1]:5353", "example.org") { world, record in
            Self.publish(world, record)
            world.onQuestion = { asked.add("\($0) \($1?.description ?? "system")") }
        }
        #expect(outcome.code == ExitCode.success)
        #expect(asked.all.first == "s1._domainkey.example.org [::1]:5353")
        // Each name once.
        #expect(Set(asked.all).count == asked.all.count)
    }

    @Test(arguments: [
        (["--dns", "ns.example.org"], ExitCode.usage, "--dns wants a name server's address"),
        (["example.com"], ExitCode.configuration, "has no section dkim example.com; it has example.org"),
        (["a", "b"], ExitCode.usage, "does not take 'b'"),
    ])
    func refused(_ arguments: [String], _ code: Int32, _ text: String) async throws {
        let folder = try Folder()
        let file = try folder.write(Self.accounts + Self.section, to: "conf")
        let outcome = try await onLoop { loop in
            try await control(["dkim", "check", "--config", file] + arguments, on: loop)
        }
        #expect(outcome.code == code)
        #expect(outcome.complaint.contains(text))
    }

    @Test func nothingConfigured() async throws {
        let outcome = try await Self.check(text: Self.accounts)
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaint.contains("no section dkim DOMAIN, so nothing is signed"))
    }
}

/// Lines that were noted, in order.
final class Collected: @unchecked Sendable {
    /// `@unchecked Sendable`: written on the loop's thread, read when it has ended.
    private(set) var all: [String] = []

    func add(_ line: String) { all.append(line) }
}
