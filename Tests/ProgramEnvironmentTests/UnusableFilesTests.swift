// Files that would be read with the first mail, found when the daemon starts.
import LinuxIO
import ProgramEnvironment
import SmarthostConfiguration
import Testing

@Suite struct UnusableFilesTests {
    private static func findings(_ settings: String) throws -> [String] {
        var source = ConfigurationSource.system()
        source.environment = { _ in nil }
        let text = "account default\nhost relay.example.org\n" + settings
        let own = ProcessIdentity.current
        source.read = { path throws(SourceFailure) in
            guard path == "/conf" else { throw .notFound }
            return SourceFile(
                bytes: Array(text.utf8),
                metadata: SmarthostConfiguration.FileMetadata(
                    ownerID: own.userID, groupID: own.groupID, mode: 0o600))
        }
        let location = ConfigurationLocation.choose(argument: "/conf", environment: { _ in nil })
        return try Configuration.load(location, from: source).unusableFiles()
    }

    @Test(arguments: [
        (
            "tls on\ntls_trust_file /nonexistent/ca.pem\n",
            ["tls_trust_file /nonexistent/ca.pem: No such file"]
        ),
        ("tls on\ntls_starttls off\ntls_trust_file /\n", ["tls_trust_file /: "]),
        (
            "tls on\nauth on\nuser tim\npassword_file /nonexistent/p\n",
            ["password_file: /nonexistent/p: cannot be read: "]
        ),
        (
            "tls on\ntls_trust_file /nonexistent/ca.pem\nauth on\nuser tim\npassword_file /nonexistent/p\n",
            [
                "password_file: /nonexistent/p: cannot be read: ",
                "tls_trust_file /nonexistent/ca.pem: No such file",
            ]
        ),
        ("tls on\ntls_crl_file /nonexistent/crl.pem\n", ["tls_crl_file /nonexistent/crl.pem: No such file"]),
        (
            "tls on\ntls_cert_file /nonexistent/c.pem\ntls_key_file /nonexistent/k.pem\n",
            ["tls_cert_file /nonexistent/c.pem: cannot be read: no such file"]
        ),
        ("tls on\ntls_priorities HIHG\n", ["tls_priorities: \"HIHG\" is no cipher"]),
        ("tls on\nauth on\nuser tim\npasswordeval false\n", []), ("", []),
    ])
    func tells(settings: String, expected: [String]) throws {
        let findings = try Self.findings(settings)
        #expect(findings.count == expected.count)
        for (finding, start) in zip(findings, expected) {
            #expect(finding.hasPrefix("account default: \(start)"))
        }
    }

    @Test func aKeyThatOthersCanReadIsTold() throws {
        let path = "/tmp/smarthost-key-\(Host.processID)"
        let file = try File(path: path, .create(mode: 0o600))
        defer { try? Files.remove(path) }
        try file.write(Array("no key\n".utf8))
        try Files.setMode(path, 0o644)
        // As the certificate too, since one file may hold both.
        let findings = try Self.findings("tls on\ntls_cert_file \(path)\ntls_key_file \(path)\n")
        #expect(findings.count == 1)
        #expect(
            findings[0].hasPrefix(
                "account default: tls_cert_file \(path): holds a secret and every user can read it (mode 0644"
            ))
        #expect(findings[0].contains("chmod 600 \(path)"))
    }

    @Test func aPasswordThatOthersCanReadIsTold() throws {
        let path = "/tmp/smarthost-password-\(Host.processID)"
        let file = try File(path: path, .create(mode: 0o600))
        defer { try? Files.remove(path) }
        try file.write(Array("tanstaaf\n".utf8))
        let settings = "tls on\nauth on\nuser tim\npassword_file \(path)\n"
        #expect(try Self.findings(settings) == [])
        try Files.setMode(path, 0o644)
        let findings = try Self.findings(settings)
        #expect(findings.count == 1)
        #expect(findings[0].contains("chmod 600 \(path)"))
        #expect(!findings[0].contains("tanstaaf"))
    }
}
