// A key that follows another, with a name server that shows it late, and verifiers that are not ours.

import Testing

extension RealServers {
    @Suite struct KeyRotationTests {
        private let box = Mailbox(24)

        @Test func theNewKeySignsOnceTheDNSShowsIt() async throws {
            let smarthost = try await Smarthost(Account.mailcatcher)
            let told = try await control(smarthost, "rotate", "example.test", "--selector", "rotated")
            try await isSigned(by: Laboratory.selector, "asked for", smarthost)

            // The state is on the disk: a restart changes nothing.
            try await smarthost.end()
            try await smarthost.start()
            let waiting = try await control(smarthost, "status", "example.test")
            #expect(waiting.contains("rotated  rsa-sha256  waiting for the DNS: there is no record"))
            try await isSigned(by: Laboratory.selector, "after a restart", smarthost)

            let command = try #require(told.split(separator: "\n").first { $0.hasPrefix("pdnsutil ") })
            _ = try await run(["chroot", Laboratory.root, "sh", "-c", String(command)]).succeeded("pdnsutil")
            let switched = try await control(smarthost, "status", "example.test")
            #expect(switched.contains("rotated  rsa-sha256  signing since "))
            #expect(switched.contains("\(Laboratory.selector)  rsa-sha256  retired since "))
            try await isSigned(by: "rotated", "published", smarthost)

            try await smarthost.end()
            try await smarthost.start()
            try await isSigned(by: "rotated", "published and restarted", smarthost)
        }

        private func control(_ smarthost: Smarthost, _ words: String...) async throws -> String {
            try await run([Built.smarthostctl, "dkim"] + words + ["--socket", smarthost.socket])
                .succeeded("dkim \(words[0])")
        }

        private func isSigned(by selector: String, _ subject: String, _ smarthost: Smarthost) async throws {
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: subject)
            #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            let stored = try await box.message(subject)
            let signatures = stored.values("DKIM-Signature")
            #expect(signatures.count == 1)
            #expect(signatures.allSatisfy { $0.contains("s=\(selector);") && $0.contains("d=example.test;") })
            let complaints = try await Verifier.complaints(about: stored.path)
            #expect(complaints == [])
        }
    }
}
