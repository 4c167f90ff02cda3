// The receiving side of this project's first users: Dovecot → fetchmail → putmail → Maildir.

import Testing

extension RealServers {
    /// One after the other: fetchmail has one file of identifiers.
    @Suite(.serialized) struct ReceivingChainTests {
        @Test func signatureReachesTheMaildir() async throws {
            let box = Mailbox(10)
            let smarthost = try await Smarthost(Account.submission())
            var written: [[UInt8]] = []
            for sample in SampleMessage.all where sample.body.count < 10_000 {
                let message = sample.written(
                    from: "alice@example.test", to: box.address, subject: sample.name)
                #expect(try await smarthost.sendmail("-t", message: message) == .silentSuccess)
                _ = try await box.message(sample.name)
                written.append(message)
            }
            let maildir = "/MAILDIR/chain"
            let fetched = try await Laboratory.script("fetchmail-once", box.address, "pass", maildir)
            #expect(fetched.exitCode == 0)
            let stored = try Mailbox.files(in: Laboratory.root + maildir).map { try StoredMessage(file: $0) }
            #expect(stored.count == written.count)
            for message in stored {
                let original = try #require(
                    written.first { StoredMessage($0).values("Subject") == message.values("Subject") })
                // An empty field has got a blank on this way, so values are compared.
                #expect(message.differences(from: original, inBytes: false) == [])
                let complaints = try await Verifier.complaints(about: message.path)
                #expect(complaints == [])
            }
        }

        /// Their forged message, their msmtprc for LMTP, and fetchmail for their account.
        @Test func asTheFirstUsersTried() async throws {
            let smarthost = try await Smarthost(
                """
                defaults
                account default
                host dovecot
                port 24
                user src@src.test
                password pass
                protocol lmtp
                logfile -

                """, dkim: ["src.test": ""])
            let written = Array("From: src@src.test\nTo: dst@dst.test\nSubject: test\n\nMessage\n".utf8)
            let sent = try await run(["socat", "STDIO", "UNIX-CONNECT:\(smarthost.socket)"], input: written)
            #expect(sent == .silentSuccess)
            #expect(
                try await Mailbox(address: "dst@dst.test").message("test").differences(from: written) == [])
            let maildir = "/MAILDIR/Maildir"
            let fetched = try await Laboratory.script("fetchmail-once", "dst@dst.test", "pass", maildir)
            #expect(fetched.exitCode == 0)
            let stored = try #require(Mailbox.files(in: Laboratory.root + maildir).first)
            #expect(try StoredMessage(file: stored).differences(from: written) == [])
            let complaints = try await Verifier.complaints(about: stored)
            #expect(complaints == [])
        }
    }
}
