// Private keys on a real file system: from files, systemd's credentials and variables, and behind the symbolic
// links that Kubernetes makes.
import Glibc
import Signing
import SmarthostConfiguration
import TestSupport
import Testing

@testable import ProgramEnvironment

@Suite struct SigningKeyFilesTests {
    private static let pem =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"

    private static func problem(
        _ source: KeySource, _ environment: [String: String] = [:]
    ) -> String? {
        do throws(KeyProblem) {
            _ = try readSigningKey(source, environment: { environment[$0] })
            return nil
        } catch {
            return error.description
        }
    }

    private static func writeKey(
        _ folder: TemporaryFolder, _ name: String, mode: UInt32 = 0o400
    ) throws -> String {
        try folder.write(pem, to: name, mode: mode)
    }

    @Test(
        arguments: [.file("KEY"), .credential("dkim.s1"), .environment(variable: "DKIM_KEY")] as [KeySource])
    func readsAllThree(source: KeySource) throws {
        let folder = try TemporaryFolder()
        let path = try Self.writeKey(folder, "dkim.s1")
        let environment = ["DKIM_KEY": path, "CREDENTIALS_DIRECTORY": folder.path]
        let place = source == .file("KEY") ? .file(path) : source
        #expect(try readSigningKey(place, environment: { environment[$0] }) == Array(Self.pem.utf8))
        try check(chmod(path, 0o644), "chmod")
        let problem = try #require(Self.problem(place, environment))
        #expect(
            problem.hasPrefix(
                place == .file(path) ? "\(path): holds a secret" : "\(place): \(path): holds a secret"))
        #expect(problem.hasSuffix("; mend it: chmod 600 \(path)"))
    }

    @Test(
        arguments: [
            (
                .credential("k1"), [:],
                "credential:k1: systemd handed over no credentials; put `LoadCredential=k1:/path/to/the/key.pem` below "
                    + "[Service] in the unit and restart it"
            ),
            (
                .credential("k1"), ["CREDENTIALS_DIRECTORY": "/nonexistent"],
                "credential:k1: systemd handed over no such credential; put `LoadCredential=k1:/path/to/the/key.pem` "
                    + "below [Service] in the unit and restart it"
            ),
            (
                .environment(variable: "DKIM_KEY"), [:],
                "env:DKIM_KEY: the variable DKIM_KEY is not set; set it to the key file's path"
            ),
            (
                .environment(variable: "DKIM_KEY"), ["DKIM_KEY": ""],
                "env:DKIM_KEY: the variable DKIM_KEY is not set; set it to the key file's path"
            ),
            (
                .environment(variable: "DKIM_KEY"), ["DKIM_KEY": pem],
                "env:DKIM_KEY: the variable DKIM_KEY holds no absolute path; set it to the key file's path"
            ),
            (
                .environment(variable: "DKIM_KEY"), ["DKIM_KEY": "/nonexistent/k.pem"],
                "env:DKIM_KEY: /nonexistent/k.pem: cannot be read: no such file"
            ),
            (.file("/nonexistent/k.pem"), [:], "/nonexistent/k.pem: cannot be read: no such file"),
        ] as [(KeySource, [String: String], String)])
    func saysWhatToDo(source: KeySource, environment: [String: String], expected: String) {
        #expect(Self.problem(source, environment) == expected)
    }

    /// A volume of Kubernetes: `key.pem` leads to `..data/key.pem`, and `..data` to the folder of the day.
    @Test(arguments: [(0o400, true), (0o644, false)] as [(UInt32, Bool)])
    func followsTheLinksOfKubernetes(mode: UInt32, isReadable: Bool) throws {
        let folder = try TemporaryFolder()
        try check(mkdir(folder.file("..2026_11_21"), 0o755), "mkdir")
        _ = try Self.writeKey(folder, "..2026_11_21/key.pem", mode: mode)
        try check(symlink("..2026_11_21", folder.file("..data")), "symlink")
        try check(symlink("..data/key.pem", folder.file("key.pem")), "symlink")
        let problem = Self.problem(.file(folder.file("key.pem")))
        #expect((problem == nil) == isReadable)
        #expect(isReadable || problem?.contains("set `defaultMode: 0400` on the Kubernetes volume") == true)
    }

    @Test func namesTheSectionThatWantsTheKey() throws {
        var source = ConfigurationSource.system()
        source.environment = { _ in nil }
        let settings =
            "host h\ndkim *\ndomain example.org\nselector s\nkey_file env:SMARTHOST_NO_SUCH_VARIABLE\n"
        let file = SourceFile(
            bytes: Array(settings.utf8), metadata: FileMetadata(ownerID: 0, groupID: 0, mode: 0o600))
        let configuration = try Configuration.parse(file, path: "/conf", from: source)
        let problem = #expect(throws: KeyProblem.self) { _ = try KeyRing(configuration) }
        let text = try #require(problem?.description)
        #expect(text.hasPrefix("/conf:5: dkim *: env:SMARTHOST_NO_SUCH_VARIABLE: the variable "))
    }
}
