// `configure`: which relay is found, what is asked, and the account that is written.
import LinuxIO
import TestSupport
import Testing

@testable import ControlCommands

@Suite struct ConfigureTests {
    typealias Step = ScriptedRelay.Step

    private static let implicit: [Step] = [
        .startTLS, .say("220 relay.test"), .expect("EHLO"), .say("250-relay.test\n250 AUTH PLAIN"),
    ]
    private static let explicit: [Step] = [
        .say("220 relay.test"), .expect("EHLO"), .say("250-relay.test\n250 STARTTLS"), .expect("STARTTLS"),
        .say("220 go"), .startTLS, .expect("EHLO"), .say("250 relay.test"),
    ]
    private static let trust = ["--trust-file", ScriptedRelay.certificate + ".crt"]

    private static func record(_ target: String, _ port: UInt16 = 465) -> ServiceRecordAnswer {
        .found([ServiceRecord(priority: 0, weight: 0, port: port, target: target)])
    }

    /// Runs the command beside a relay.test; `answers` is what is typed.
    private static func run(
        _ words: [String], services: [String: ServiceRecordAnswer], answers: String = "",
        script: [Step] = implicit
    ) async throws -> (outcome: Outcome, problem: String?, files: [String: [UInt8]], modes: [String: UInt32])
    {
        try await onLoop { loop in
            let relay = try ScriptedRelay(on: loop)
            let playing = loop.spawn { await relay.play(script) }
            var made: TestWorld?
            let outcome = try await control(["configure"] + words + trust, on: loop) { world in
                world.services = services
                world.relayPort = relay.port
                world.input = Array(answers.utf8)
                made = world
            }
            return (outcome, await playing.value, made?.files ?? [:], made?.modes ?? [:])
        }
    }

    @Test func theRelayThatTheDNSNames() async throws {
        let (outcome, problem, _, _) = try await Self.run(
            ["ann@test", "--yes"],
            services: [
                "_submissions._tcp.test": Self.record("relay.test", 10465),
                "_submission._tcp.test": Self.record("other.test", 587),
            ])
        #expect(problem == nil)
        #expect(
            outcome.output == """
                account default
                host relay.test
                port 10465
                tls on
                tls_starttls off
                tls_trust_file \(ScriptedRelay.certificate).crt
                auth on
                user ann@test
                password_file /etc/smarthost/default.password
                from ann@test

                """)
        #expect(
            outcome.complaints == [
                "relay.test:10465 answers, with a certificate for its name",
                "put the password there: install -m 600 /dev/stdin /etc/smarthost/default.password",
            ])
        #expect(outcome.code == ExitCode.success)
    }

    @Test func withSTARTTLSAndWithoutALogin() async throws {
        let (outcome, problem, _, _) = try await Self.run(
            ["ann@test", "--yes", "--account", "work"],
            services: ["_submission._tcp.test": Self.record("relay.test", 587)], script: Self.explicit)
        #expect(problem == nil)
        #expect(
            outcome.output.hasPrefix("account work\nhost relay.test\nport 587\ntls on\ntls_starttls on\n"))
        #expect(outcome.output.hasSuffix("auth off\nfrom ann@test\n"))
    }

    /// RFC 6186 6: what the DNS alone says is not enough for a host of another domain.
    @Test(arguments: [
        (["--yes"], "", false), ([], "n\n", false), (["--yes", "--host", "Relay.test"], "", true),
        (["--passwordeval", "cat x"], "y\n\n", true),
    ])
    func aHostInAnotherDomain(options: [String], answers: String, isTaken: Bool) async throws {
        let script = isTaken ? Self.implicit : []
        let (outcome, problem) = try await {
            let services = ["_submissions._tcp.example.org": Self.record("relay.test")]
            if isTaken {
                let result = try await Self.run(
                    ["ann@example.org"] + options, services: services, answers: answers, script: script)
                return (result.outcome, result.problem)
            }
            return (try await Self.withoutRelay(["ann@example.org"] + options, services, answers), nil)
        }()
        #expect(problem == nil)
        #expect(outcome.output.contains("host relay.test\n") == isTaken)
        #expect(outcome.code == (isTaken ? ExitCode.success : ExitCode.unavailable))
        if options == ["--yes"] { #expect(outcome.complaint.contains("name it: --host relay.test")) }
    }

    private static func withoutRelay(
        _ words: [String], _ services: [String: ServiceRecordAnswer], _ answers: String = ""
    ) async throws -> Outcome {
        try await onLoop { loop in
            try await control(["configure"] + words, on: loop) { world in
                world.services = services
                world.input = Array(answers.utf8)
                // A port that nobody is at: nothing reaches the network.
                world.relayPort = 1
            }
        }
    }

    @Test func guessesAreAskedFor() async throws {
        let refused = try await Self.withoutRelay(["ann@relay.test"], [:], "n\n")
        #expect(
            refused.complaints == [
                "The DNS names no relay for relay.test. Try smtp.relay.test and mail.relay.test? [y/N]",
                "no relay for mail from relay.test was found; ask its provider, and name it with --host",
            ])
        let tried = try await Self.withoutRelay(["ann@relay.test", "--yes"], [:])
        #expect(tried.complaints.filter { $0.contains("port closed") }.count == 4)
        #expect(tried.code == ExitCode.unavailable)
        #expect(
            RelaySearch.guesses(["smtp.a"]).map(\.place) == ["smtp.a:465", "smtp.a:587"])
    }

    @Test func aCertificateForAnotherNameIsNoRelay() async throws {
        let (outcome, _, _, _) = try await Self.run(
            ["ann@test", "--yes"], services: ["_submissions._tcp.test": Self.record("mail.test")],
            script: [.startTLS])
        #expect(outcome.code == ExitCode.unavailable)
        #expect(outcome.complaint.contains("certificate not accepted: "))
        #expect(outcome.output == "")
    }

    @Test(arguments: [
        (ServiceRecordAnswer.notOffered, "test says in the DNS that it takes no mail for sending"),
        (
            .failure(TextRecordFailure(.serverFailure, name: "x", server: "192.0.2.53:53")),
            "_submissions._tcp.test cannot be looked up: the name server 192.0.2.53:53 failed (SERVFAIL)"
        ),
    ])
    func theDNSSaysNo(answer: ServiceRecordAnswer, text: String) async throws {
        let outcome = try await Self.withoutRelay(["ann@test", "--yes"], ["_submissions._tcp.test": answer])
        #expect(outcome.code == ExitCode.unavailable)
        #expect(outcome.complaint.hasPrefix(text))
    }

    /// What is typed goes into a file that only its owner can read, and not into the section.
    @Test func aPasswordThatIsTyped() async throws {
        let (outcome, _, files, modes) = try await Self.run(
            ["ann@test"], services: ["_submissions._tcp.test": Self.record("relay.test")],
            answers: "tim\n\n/run/secret\ntanstaaf \n")
        #expect(outcome.output.contains("user tim\npassword_file /run/secret\n"))
        #expect(files["/run/secret"] == Array("tanstaaf \n".utf8) && modes["/run/secret"] == 0o600)
        #expect(!(outcome.output + outcome.complaint).contains("tanstaaf"))
    }

    @Test func nobodyAnswers() async throws {
        let outcome = try await Self.withoutRelay(["ann@test"], [:])
        #expect(outcome.code == ExitCode.usage)
        #expect(outcome.complaint.hasSuffix("answer at a terminal, or give --yes and the options"))
    }

    @Test(arguments: ["ann", "ann@", "ann@a..b", "a b@c"]) func noAddress(word: String) async throws {
        let outcome = try await Self.withoutRelay([word, "--yes"], [:])
        #expect(outcome.code == ExitCode.usage)
        #expect(outcome.complaint.hasSuffix("is no mail address such as ann@example.org"))
    }

    // MARK: The file

    private static let services = ["_submissions._tcp.test": record("relay.test")]

    @Test(arguments: ["", "account default\nhost a", "account default\nhost a\n"])
    func appended(before: String) async throws {
        let folder = try Folder()
        let path = folder.path + "/conf"
        if !before.isEmpty { try folder.write(before, to: "conf") }
        let (outcome, _, _, _) = try await Self.run(
            ["ann@test", "--yes", "--write", path], services: Self.services)
        #expect(outcome.code == ExitCode.success && outcome.output == "")
        let text = String(decoding: try Files.read(path, limit: 10_000), as: UTF8.self)
        let kept = before.isEmpty ? "" : "account default\nhost a\n\n"
        #expect(text.hasPrefix("\(kept)account \(before.isEmpty ? "default" : "test")\nhost relay.test\n"))
        #expect(try FileMetadata(path: path).mode == 0o600)
    }

    @Test func nothingIsWrittenThatCouldNotBeRead() async throws {
        let folder = try Folder()
        let path = try folder.write("account test\nhost a\n", to: "conf")
        let (outcome, _, _, _) = try await Self.run(
            ["ann@test", "--yes", "--write", path], services: Self.services)
        #expect(outcome.code == ExitCode.configuration)
        #expect(outcome.complaint.hasSuffix("test is defined already (\(path):1); give it another name"))
        #expect(try Files.read(path, limit: 10_000) == Array("account test\nhost a\n".utf8))
    }

    @Test func writingIsAskedFor() async throws {
        let folder = try Folder()
        let (outcome, _, _, _) = try await Self.run(
            ["ann@test", "--write", folder.path + "/conf", "--passwordeval", "cat x"],
            services: Self.services, answers: "\nno\n")
        #expect(outcome.code == ExitCode.failure)
        #expect(outcome.complaint.hasSuffix("Append account default to \(folder.path)/conf? [y/N]"))
        #expect(try Files.names(in: folder.path) == [])
    }

    @Test func quotesWhereBlanksWouldBeLost() {
        let relay = RelayCandidate(host: "a", port: 465, isImplicit: true)
        let text = AccountText(
            name: "a", relay: relay, trustFile: nil, login: (" x ", .command("\"a b\" c\"")), sender: "a@b"
        ).text
        #expect(text.contains("\nuser \" x \"\npasswordeval \"\"a b\" c\"\"\n"))
    }
}
