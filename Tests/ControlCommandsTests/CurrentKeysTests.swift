// After a rotation the tools look at the key that signs, not at the one that the configuration names.
import DKIMCore
import LinuxIO
import SmarthostConfiguration
import TestSupport
import Testing

@testable import ControlCommands

@Suite struct CurrentKeysTests {
    /// A configuration whose key s1 was followed by s2 and is revoked.
    private struct Rotated {
        let folder: Folder
        let configuration: String
        let successor: KeyRecord
        var successorPath: String { "\(folder.path)/spool/dkim/example.org.s2.pem" }

        init() throws {
            folder = try Folder()
            try Files.makeDirectory("\(folder.path)/spool", mode: 0o700)
            try Files.makeDirectory("\(folder.path)/spool/dkim", mode: 0o700)
            try folder.write(
                "domain=example.org algorithm=ed25519-sha256 old=s1 new=s2 asked=1 phase=done\n",
                to: "spool/dkim/rotation")
            _ = try Self.makeKey(folder, "s1.pem")
            successor = try Self.makeKey(folder, "spool/dkim/example.org.s2.pem")
            configuration = try folder.write(
                """
                daemon
                listen submit unix:\(folder.path)/s
                spool \(folder.path)/spool
                account default
                protocol maildir
                maildir \(folder.path)/Maildir
                from me@example.org
                dkim example.org
                selector s1
                key_file \(folder.path)/s1.pem
                dkim bücher.example
                selector s1
                key_file \(folder.path)/s1.pem
                """, to: "conf")
        }

        private static func makeKey(_ folder: Folder, _ name: String) throws -> KeyRecord {
            let key = try SigningKey.generate(.ed25519SHA256)
            var pem: [UInt8] = []
            try key.withPEM { span in pem = span.withUnsafeBytes { Array($0) } }
            try folder.write(String(decoding: pem, as: UTF8.self), to: name)
            return try KeyRecord(for: key)
        }

        func run(_ arguments: String...) async throws -> Outcome {
            try await onLoop { loop in
                try await control(arguments + ["--config", configuration], on: loop) { world in
                    world.files["\(folder.path)/s1.pem"] = try Files.read(
                        "\(folder.path)/s1.pem", limit: 10_000)
                    world.records["s1._domainkey.example.org"] = .records([Array("v=DKIM1; p=".utf8)])
                    world.records["s2._domainkey.example.org"] = .records([Array(successor.text.utf8)])
                }
            }
        }
    }

    @Test func dkimCheck() async throws {
        let rotated = try Rotated()
        let outcome = try await rotated.run("dkim", "check", "example.org")
        #expect(outcome.code == ExitCode.success && outcome.complaints == [])
        #expect(
            outcome.output.hasPrefix(
                "s2._domainkey.example.org: good: the published key is the one in \(rotated.successorPath)\n")
        )
        #expect(!outcome.output.contains("s1._domainkey"))
    }

    @Test func check() async throws {
        let rotated = try Rotated()
        let outcome = try await rotated.run("check", "--connect")
        #expect(
            outcome.output.contains(
                """
                dkim example.org: \(rotated.successorPath): ed25519 key of 256 bits, signs in its place since a rotation
                s2._domainkey.example.org: the published key is the one in \(rotated.successorPath)

                """))
        #expect(!outcome.complaint.contains("revoked"))
    }

    /// As `dkim record` asks for them; the configuration may name the domain in its own script.
    @Test func configuredKeys() throws {
        let rotated = try Rotated()
        let environment = CommandEnvironment.live(
            source: .system(), configurationFile: rotated.configuration)
        let keys = try environment.configuredKeys("example.org")
        #expect(keys.map(\.selector) == ["s2"])
        #expect(try keys.first?.key.map { try KeyRecord(for: $0) } == rotated.successor)
        let others = try environment.configuredKeys("xn--bcher-kva.example")
        #expect(others.map(\.selector) == ["s1"])
        #expect(others.map(\.source) == [.file("\(rotated.folder.path)/s1.pem")])
    }

    /// Whoever may not look there is told.
    @Test func unreadableState() async throws {
        let rotated = try Rotated()
        try Files.remove("\(rotated.folder.path)/spool/dkim/rotation")
        try Files.makeDirectory("\(rotated.folder.path)/spool/dkim/rotation", mode: 0o700)
        let outcome = try await rotated.run("dkim", "check", "example.org")
        #expect(outcome.complaint.contains("keys that smarthostd may have made are not looked at"))
        #expect(outcome.code == ExitCode.failure && outcome.output.contains("s1._domainkey"))
    }
}
