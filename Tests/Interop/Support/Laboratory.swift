// The laboratory as the tests see it: its folder, its scripts, its servers and its signing key. Servers are
// started by the first test that wants them and end with the laboratory.

import Glibc
import Testing

/// All tests here: they run inside Tests/Lab/enter, where tools/test runs them.
@Suite(
    .enabled(if: Laboratory.isHere, "real servers are needed: tools/test runs this with them"),
    .timeLimit(.minutes(6)))
enum RealServers {}

enum Laboratory {
    private static let variable = getenv("SMARTHOST_LAB").map { String(cString: $0) }
    static let isHere = variable != nil
    /// The chroot tree, from the host's side.
    static var root: String { variable ?? "/nonexistent" }

    static let scripts =
        #filePath.split(separator: "/", omittingEmptySubsequences: false)
        .dropLast(3).joined(separator: "/") + "/Lab/"

    static func scriptFile(_ name: String) -> String { scripts + name }

    static func script(
        _ name: String, _ arguments: String..., environment: [String: String]? = nil
    )
        async throws -> Outcome
    {
        try await run([scriptFile(name)] + arguments, environment: environment)
    }

    private static let servers = Task {
        for server in ["powerdns", "dovecot", "postfix"] {
            _ = try await script("servers/\(server)", "start").succeeded(server)
        }
    }

    private static let proxy = Task { _ = try await script("servers/dante", "start").succeeded("dante") }

    static func proxyIsUp() async throws { try await proxy.value }

    static func serversAreUp() async throws { try await servers.value }

    /// The key with which the tests sign, published for every domain of the laboratory.
    static func signingKey() async throws -> String {
        try await key.value
        return keyFile
    }

    static let selector = "interop"
    static let domains = ["example.test", "src.test", "dst.test", "civicrm.test"]
    private static let keyFile = "\(root)/pki/dkim.pem"

    private static let key = Task {
        try await serversAreUp()
        _ = try await run(["openssl", "genrsa", "-out", keyFile, "2048"]).succeeded("openssl")
        let der = "openssl rsa -in \(keyFile) -pubout -outform DER 2>/dev/null | base64 -w 0"
        let publicKey = try await run(["sh", "-c", der]).succeeded("openssl")
        for domain in domains {
            _ = try await script(
                "servers/powerdns", "add-txt", "\(selector)._domainkey.\(domain)",
                "v=DKIM1; k=rsa; p=\(publicKey)"
            ).succeeded("add-txt")
        }
    }
}

/// The foreign verifiers.
enum Verifier: String, CaseIterable, Sendable {
    case dkimpy, mailDKIM = "mail-dkim", openDKIM = "opendkim"

    /// What it says of the message in a file; nothing where it accepts the signature.
    func complaint(about file: String) async throws -> String? {
        let outcome = try await Laboratory.script("verify", rawValue, file)
        return outcome.exitCode == 0 ? nil : "\(rawValue): \(outcome.output)\(outcome.error)"
    }

    /// What any of them has against a message.
    static func complaints(about file: String) async throws -> [String] {
        var complaints: [String] = []
        for verifier in allCases {
            if let complaint = try await verifier.complaint(about: file) { complaints.append(complaint) }
        }
        return complaints
    }
}
