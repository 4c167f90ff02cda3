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
        Passwords(workers: workers) { [reads] source throws(PasswordProblem) in
            reads.add("\(source)")
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

    // MARK: After a refusal

    @Test func anotherPasswordIsWorthATry() async throws {
        let folder = try TemporaryFolder()
        let passwords = passwords()
        let credentials = try credentials("passwordeval \"cat \(folder.file("secret"))\"")
        try folder.write("old\n", to: "secret")
        let old = try await passwords.password(for: credentials)
        #expect(await passwords.renewed(old, for: credentials) == nil)
        try folder.write("new\n", to: "secret")
        #expect(await passwords.renewed(old, for: credentials).map(text) == "new")
        #expect(text(try await passwords.password(for: credentials)) == "new")
        // A session that began with the old one gets what is known.
        try folder.write("newer\n", to: "secret")
        #expect(await passwords.renewed(old, for: credentials).map(text) == "new")
    }

    @Test func thePasswordOfTheConfigurationHasNoSuccessor() async throws {
        let credentials = try credentials("password sesame")
        #expect(await passwords().renewed(Secret("sesame".utf8), for: credentials) == nil)
    }

    @Test func commandThatFailsNowHasNoSuccessor() async throws {
        let folder = try TemporaryFolder()
        try folder.write("old\n", to: "secret")
        let passwords = passwords()
        let credentials = try credentials("passwordeval \"cat \(folder.file("secret")) 2>/dev/null\"")
        let old = try await passwords.password(for: credentials)
        try folder.write("", to: "secret")
        #expect(await passwords.renewed(old, for: credentials) == nil)
    }

    // MARK: netrc

    private func netrc(_ files: [String: String]) async throws -> String {
        let configuration = try parsedConfiguration(
            "account default\nhost 127.0.0.1\nauth plain\nuser ann\ntls on\n",
            files: files.mapValues { Array($0.utf8) })
        guard case .relay(let relay) = configuration.defaultAccount?.route,
            case .on(let credentials, _) = relay.authentication
        else { throw TestFailure("no login") }
        let passwords = Passwords(workers: workers) { source throws(PasswordProblem) in
            guard let text = files["\(source)"] else { throw PasswordProblem("\(source): no such file") }
            return Array(text.utf8)
        }
        return text(try await passwords.password(for: credentials))
    }

    @Test func theSystemsNetrcComesSecond() async throws {
        let own = "machine 127.0.0.1 login ann password own"
        let system = "machine 127.0.0.1 login ann password system"
        #expect(try await netrc(["/etc/netrc": system]) == "system")
        #expect(try await netrc(["/home/mailer/.netrc": own, "/etc/netrc": system]) == "own")
        #expect(
            try await netrc(["/home/mailer/.netrc": "machine a login b password c", "/etc/netrc": system])
                == "system")
    }

    @Test func noEntry() async throws {
        let problem = await #expect(throws: PasswordProblem.self) {
            try await netrc(["/etc/netrc": "machine 127.0.0.1 login bob password sesame"])
        }
        #expect(
            problem?.description
                == "no password for ann at 127.0.0.1 in /etc/netrc; set password_file, passwordeval or password, or add `machine 127.0.0.1 login ann password …`"
        )
    }
}
