// Contexts are shared by sessions with equal settings, until one of their files changes.
import LinuxIO
import TLS
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct TLSContextsTests {
    private static func replace(_ path: String, with source: String) throws {
        let bytes = try Files.read(certificatePath(source), limit: 10_000)
        try? Files.remove(path)
        let file = try File(path: path, .create(mode: 0o600))
        try file.write(bytes)
    }

    @Test func changedFilesAreReadAgain() async throws {
        let path = "/tmp/smarthost-trust-\(Host.processID)-\(UInt32.random(in: 0 ... .max)).pem"
        try Self.replace(path, with: "authority")
        defer { try? Files.remove(path) }
        try await onLoop { loop in
            let workers = try WorkerPool(threads: 1, named: "work")
            defer { workers.shutDown() }
            let contexts = TLSContexts(workers: workers, readFile: readIdentityFile)
            let settings = TLSSettings(trust: .file(path))
            let first = try await contexts.context(for: settings)
            #expect(try await contexts.context(for: settings) === first)
            try Self.replace(path, with: "self-signed")
            let second = try await contexts.context(for: settings)
            #expect(second !== first)
            #expect(try await contexts.context(for: settings) === second)
            try Files.remove(path)
            await #expect(throws: TLSFailure.self) { _ = try await contexts.context(for: settings) }
            try Self.replace(path, with: "authority")
            #expect(try await contexts.context(for: settings) !== second)
        }
    }

    @Test func otherSettingsAreOtherContexts() async throws {
        try await onLoop { loop in
            let workers = try WorkerPool(threads: 1, named: "work")
            defer { workers.shutDown() }
            let contexts = TLSContexts(workers: workers, readFile: readIdentityFile)
            let plain = try await contexts.context(for: TLSSettings(.off))
            let strict = try await contexts.context(for: TLSSettings(.off, ciphers: "TLSv1.3"))
            #expect(plain !== strict)
            #expect(try await contexts.context(for: TLSSettings(.off)) === plain)
        }
    }

    /// The pool shares a session only where all of it is equal.
    @Test func everySettingIsPartOfThePoolsKey() {
        let certificate = ClientCertificate(certificateFile: "/c", keyFile: "/k")
        let settings = [
            TLSSettings(), TLSSettings(trust: .file("/a")),
            TLSSettings(.authority(.system, revocationLists: "/l")), TLSSettings(.off),
            TLSSettings(.fingerprint(Fingerprint(.sha256, [1]))),
            TLSSettings(.off, clientCertificate: certificate), TLSSettings(.off, ciphers: "HIGH"),
            TLSSettings(.off, minimumDHBits: 3072),
        ]
        let routes = settings.flatMap { settings in
            [
                Security.startTLS(settings, name: "a"), .startTLS(settings, name: "b"),
                .opportunistic(settings, name: "a"),
            ]
            .map { Route(to: .host("mx.example.net", port: 25), security: $0, helloName: "x") }
        }
        #expect(Set(routes).count == routes.count)
    }
}
