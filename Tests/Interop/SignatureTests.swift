// Signatures as the receiving side sees them: through Postfix and Dovecot, with the key from PowerDNS, by
// three verifiers that are not ours and by our own.

import Testing

extension RealServers {
    @Suite struct SignatureTests {
        /// One daemon, and a domain for each canonicalization.
        static let canonicalizations = [
            "example.test": "relaxed/relaxed", "src.test": "simple/simple", "dst.test": "simple/relaxed",
            "civicrm.test": "relaxed/simple",
        ]

        private static let smarthost = Task {
            try await Smarthost(
                Account.submission(), dkim: canonicalizations.mapValues { "canonicalization \($0)" })
        }

        @Test(arguments: canonicalizations.keys.sorted(), SampleMessage.all)
        func foreignVerifiersAccept(_ domain: String, _ sample: SampleMessage) async throws {
            let box = Mailbox(3)
            let smarthost = try await Self.smarthost.value
            let subject = "\(sample.name), \(Self.canonicalizations[domain] ?? "")"
            let written = sample.written(from: "info@\(domain)", to: box.address, subject: subject)
            #expect(try await smarthost.sendmail("-t", "-i", message: written) == .silentSuccess)
            let stored = try await box.message(subject)
            #expect(stored.differences(from: written) == [])
            let signature = try #require(stored.values("DKIM-Signature").first)
            #expect(signature.contains("a=rsa-sha256;"))
            #expect(signature.contains("c=\(Self.canonicalizations[domain] ?? "");"))
            #expect(signature.contains("d=\(domain);") && !signature.contains("l="))
            let complaints = try await Verifier.complaints(about: stored.path)
            #expect(complaints == [])
        }

        /// From is signed once more than it is there: a second one breaks the signature.
        @Test func addedFromIsSeen() async throws {
            let box = Mailbox(4)
            let smarthost = try await Smarthost(Account.mailcatcher)
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: "oversigned")
            #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            let stored = try await box.message("oversigned")
            let folder = try Folder()
            let content = try readFile(stored.path)
            for (name, added) in [("before", "From: Evil <evil@example.test>\n"), ("none", "")] {
                try writeFile(folder.file(name), added.utf8 + content)
            }
            let untouched = try await Verifier.complaints(about: folder.file("none"))
            #expect(untouched == [])
            let complaints = try await Verifier.complaints(about: folder.file("before"))
            #expect(complaints.count == Verifier.allCases.count)
        }

        /// From the key to the record as the documents say: keygen, the pdnsutil line it prints, mail, verify.
        @Test func publishedByItsOwnWords() async throws {
            let box = Mailbox(5)
            try await Laboratory.serversAreUp()
            let folder = try Folder()
            let key = folder.file("key.pem")
            let generated = try await run([
                Built.smarthostctl, "dkim", "keygen", "example.test", "own", "--out", key,
            ]).succeeded("dkim keygen")
            let command = try #require(generated.split(separator: "\n").first { $0.hasPrefix("pdnsutil ") })
            let record = try await run([
                Built.smarthostctl, "dkim", "record", "example.test", "own", "--key-file", key,
            ]).succeeded("dkim record")
            #expect(record.contains(command))
            _ = try await run(["chroot", Laboratory.root, "sh", "-c", String(command)]).succeeded("pdnsutil")

            let smarthost = try await Smarthost(
                Account.mailcatcher + "\ndkim example.test\nselector own\nkey_file \(key)\n", dkim: [:])
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: "own key")
            #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            let stored = try await box.message("own key")
            let complaints = try await Verifier.complaints(about: stored.path)
            #expect(complaints == [])
            let content = try readFile(stored.path)
            let own = try await run([Built.smarthostctl, "dkim", "verify"], input: content)
            #expect(own.exitCode == 0 && own.output.contains("dkim=pass"))
            let changed = try await run(
                [Built.smarthostctl, "dkim", "verify"], input: content + Array("x\n".utf8))
            #expect(changed.exitCode == 1 && changed.output.contains("dkim=fail"))
        }
    }
}
