// Every relay of the laboratory, with STARTTLS and with implicit TLS, by each mechanism that it has.

import Testing

extension RealServers {
    @Suite struct RelayPeersTests {
        struct Login: CustomTestStringConvertible, Sendable {
            let peer: Peer
            let security: Security
            let mechanism: String

            var testDescription: String { "\(peer.name), \(security.rawValue), \(mechanism)" }
            func account(isRight: Bool = true) async throws -> String {
                try await peer.account(security, mechanism, isRight: isRight)
            }

            /// What is said of a wrong secret: all name the relay, what it did, and the key to look at.
            var complaints: [String] {
                let place = "\(peer.host):\(security == .startTLS ? 587 : 465)"
                return switch mechanism {
                case "external":  // without a certificate it need not be offered
                    [
                        "\(place) refused account default: 535 5.7.8 Authentication failed.; check tls_cert_file",
                        "\(place) does not offer the mechanism EXTERNAL of account default",
                    ]
                default: ["\(place) refused user alice@example.test (account default): 535 "]
                }
            }

            static let all = Peer.all.flatMap { peer in
                Security.allCases.flatMap { security in
                    peer.mechanisms.map { Login(peer: peer, security: security, mechanism: $0) }
                }
            }
        }

        @Test(arguments: Login.all)
        func delivers(_ login: Login) async throws {
            try await Peer.areUp()
            let box = Mailbox(30)
            let smarthost = try await Smarthost(login.account())
            let subject = login.testDescription
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: subject)
            let outcome = try await smarthost.sendmail("-t", "-odi", message: written)
            #expect(outcome == .silentSuccess)
            guard outcome.exitCode == 0 else { return }
            let stored = try await box.message(subject)
            #expect(stored.differences(from: written) == [])
            let trace = stored.values("Received") + stored.values("X-Logged-In")
            #expect(trace.contains { $0.contains(login.peer.trace(login.mechanism)) }, "\(trace)")
        }

        @Test(arguments: Login.all)
        func checkSaysWhetherItWorks(_ login: Login) async throws {
            try await Peer.areUp()
            let right = try await check(login.account())
            let user = login.mechanism == "external" ? "logged in" : "logged in as alice@example.test"
            #expect(right.exitCode == 0, "\(right.output)\(right.error)")
            #expect(right.output.contains("\(login.peer.host):") && right.output.contains(user))
            let wrong = try await check(login.account(isRight: false))
            #expect(wrong.exitCode != 0)
            #expect(login.complaints.contains { wrong.error.contains($0) }, "\(wrong.error)")
        }

        /// What relays have stumbled over, with BDAT where they have it; the signature holds afterwards.
        @Test(arguments: Peer.all, ["8-bit UTF-8", "dots", "attachment of 1 MB"])
        func keepsContent(_ peer: Peer, _ kind: String) async throws {
            try await Peer.areUp()
            let sample = try #require(SampleMessage.all.first { $0.name == kind })
            let box = Mailbox(31)
            let smarthost = try await Smarthost(peer.account(.startTLS, "plain"))
            let subject = "\(peer.name), \(kind)"
            let written = sample.written(from: "alice@example.test", to: box.address, subject: subject)
            let outcome = try await smarthost.sendmail("-t", "-odi", message: written)
            #expect(outcome == .silentSuccess)
            guard outcome.exitCode == 0 else { return }
            let stored = try await box.message(subject)
            #expect(stored.differences(from: written) == [])
            #expect(try await Verifier.dkimpy.complaint(about: stored.path) == nil)
        }

        /// Dovecot's LMTP, with a login to nobody: TLS alone.
        @Test(arguments: Security.allCases)
        func lmtp(_ security: Security) async throws {
            try await Peer.areUp()
            let box = Mailbox(32)
            let port = security == .startTLS ? "24\ntls on" : "2424\ntls on\ntls_starttls off"
            let smarthost = try await Smarthost(
                """
                account default
                protocol lmtp
                host submission.example.test
                port \(port)
                tls_trust_file \(Laboratory.root)/pki/ca.pem
                """)
            let subject = "LMTP, \(security.rawValue)"
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: "\(box.address), nobody@example.test", subject: subject)
            let outcome = try await smarthost.sendmail("-t", "-odi", message: written)
            #expect(outcome.exitCode == 67 || outcome.exitCode == 69)
            #expect(outcome.error.contains("550 5.1.1 <nobody@example.test>"))
            let stored = try await box.message(subject)
            #expect(stored.differences(from: written) == [])
            #expect(stored.values("Received").contains { $0.contains("with LMTPS") })
        }

        private func check(_ account: String) async throws -> Outcome {
            let smarthost = try await Smarthost(account, starts: false)
            return try await run(
                [Built.smarthostctl, "check", "--connect", "--config", smarthost.configuration])
        }
    }
}
