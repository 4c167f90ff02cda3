// Where passwords come from, how often they are asked for, and that no error shows them.
import LinuxIO
import SASL
import SMTPClient
import SmarthostConfiguration
import TestSupport
import Testing

@testable import Delivery

@Suite struct PasswordTests {
    let workers: WorkerPool
    let reads = Collector<String>()

    init() throws { workers = try WorkerPool(threads: 1, named: "worker") }

    private func passwords(_ content: String = "") -> Passwords {
        Passwords(workers: workers) { [reads] path throws(PasswordProblem) in
            reads.add(path)
            return Array(content.utf8)
        }
    }

    private func credentials(_ key: String) throws -> Credentials {
        let configuration = try parsedConfiguration(
            "account default\nhost 127.0.0.1\nauth plain\nuser ann\ntls on\n\(key)\n")
        guard case .relay(let relay) = configuration.defaultAccount?.route,
            case .on(let credentials, _) = relay.authentication
        else { throw TestFailure("no login in \(key)") }
        return credentials
    }

    private func text(_ secret: Secret) -> String { String(decoding: secret.reveal(), as: UTF8.self) }

    @Test func inline() async throws {
        #expect(
            text(try await passwords().password(for: credentials("password \"open sesame\"")))
                == "open sesame")
    }

    @Test(arguments: ["sesame", "sesame\n", "sesame\r\n", "sesame\nsecond line\n"])
    func firstLineOfAFile(content: String) async throws {
        let passwords = passwords(content)
        let credentials = try credentials("password_file /secret")
        for _ in 0..<2 { #expect(text(try await passwords.password(for: credentials)) == "sesame") }
        #expect(reads.values == ["/secret"])
        await passwords.forget(credentials)
        #expect(text(try await passwords.password(for: credentials)) == "sesame")
        #expect(reads.values.count == 2)
    }

    /// Each run leaves a mark in a file.
    @Test func commandRunsOnceAndAgainWhenRefused() async throws {
        let folder = try TemporaryFolder()
        let passwords = passwords()
        let credentials = try credentials(
            "passwordeval \"echo x >> \(folder.file("runs")); echo sesame; echo more\"")
        for _ in 0..<3 { #expect(text(try await passwords.password(for: credentials)) == "sesame") }
        #expect(try readFile(folder.file("runs")).count == 2)
        await passwords.forget(credentials)
        _ = try await passwords.password(for: credentials)
        #expect(try readFile(folder.file("runs")).count == 4)
    }

    @Test(arguments: [
        ("passwordeval \"echo sesame; exit 3\"", "passwordeval: the command ended with exit status 3"),
        (
            "passwordeval \"echo; echo sesame\"",
            "passwordeval: the first line, where the password should be, is empty"
        ),
        ("passwordeval \"true\"", "passwordeval: the first line"),
        ("password_file /empty", "/empty: the first line"),
    ])
    func failuresWithoutTheSecret(key: String, text: String) async throws {
        let passwords = passwords("\nsesame\n")
        let credentials = try credentials(key)
        let problem = await #expect(throws: PasswordProblem.self) {
            try await passwords.password(for: credentials)
        }
        #expect(problem?.description.hasPrefix(text) == true)
        #expect(problem?.description.contains("sesame") == false)
    }

    /// Old passwords are not all UTF-8, and the relay compares bytes.
    @Test func passwordKeepsItsBytes() async throws {
        let bytes: [UInt8] = [0x70, 0xE4, 0xDF, 0xFF]
        let configuration = try parsedConfiguration(
            "account default\nhost 127.0.0.1\nauth plain\nuser ann\ntls on\npassword_file /secret\n")
        let passwords = Passwords(workers: workers) { _ throws(PasswordProblem) in bytes + [0x0A] }
        let credentials = try await AccountCredentials(configuration, passwords)
            .credentials(for: Login(user: "ann", account: "default"))
        #expect(credentials == SASLCredentials(user: "ann", password: bytes))
        #expect(credentials != SASLCredentials(user: "ann", password: String(decoding: bytes, as: UTF8.self)))
    }

    /// What failed is not remembered.
    @Test func failureIsNotKept() async throws {
        let folder = try TemporaryFolder()
        let passwords = passwords()
        let credentials = try credentials("passwordeval \"cat \(folder.file("secret")) 2>/dev/null\"")
        await #expect(throws: PasswordProblem.self) { try await passwords.password(for: credentials) }
        try folder.write("sesame\n", to: "secret")
        #expect(text(try await passwords.password(for: credentials)) == "sesame")
    }
}
