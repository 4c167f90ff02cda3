// The pipeline that smarthost replaces, socat | dkimsign | msmtp, beside it: the same bytes go in, and the
// same message comes out.

import Glibc
import Testing

extension RealServers {
    @Suite struct OldPipelineTests {
        /// dkimsign and msmtp behind socat, as in the first users' documents.
        private static func pipeline(_ socket: String) async throws -> Program {
            let root = Laboratory.root
            _ = try await Laboratory.signingKey()
            try writeFile(
                "\(root)/mail/msmtprc", "defaults\naccount default\nhost mailcatcher\nport 25\n".utf8)
            try writeFile(
                "\(root)/mail/msmtp.sh",
                """
                #!/bin/bash
                dkimsign "${DKIMSELECTOR}" "${DKIMDOMAIN}" "${DKIMKEYFILE}" \\
                    | msmtp -t -i -C ${MSMTPCONFIGFILE} --read-envelope-from

                """.utf8, mode: 0o755)
            let program = try Program(
                [
                    "chroot", root, "socat", "UNIX-LISTEN:\(socket),fork,mode=0660,unlink-early",
                    "EXEC:/mail/msmtp.sh",
                ],
                environment: [
                    "PATH": "/usr/bin:/usr/sbin:/bin", "DKIMSELECTOR": Laboratory.selector,
                    "DKIMDOMAIN": "example.test", "DKIMKEYFILE": "/pki/dkim.pem",
                    "MSMTPCONFIGFILE": "/mail/msmtprc",
                ])
            _ = try await eventually("the old pipeline") { access(root + socket, F_OK) == 0 ? true : nil }
            return program
        }

        /// Copies to one mailbox through each pipeline, the message untouched.
        private func send(_ written: [UInt8], to socket: String) async throws {
            let outcome = try await run(
                ["socat", "-t", "50", "STDIO", "UNIX-CONNECT:\(socket)"], input: written)
            #expect(outcome == .silentSuccess)
        }

        /// What the sender wrote, in its order: without the trace, the signature and what was added.
        private func content(_ message: StoredMessage, _ written: [UInt8]) -> [StoredMessage.Field] {
            let own = StoredMessage(written).fields.map(\.name)
            return message.fields.filter { own.contains($0.name) }
        }

        @Test func sameMessages() async throws {
            let old = try await Self.pipeline("/MAILSOCK/old")
            defer { kill(old.process, SIGTERM) }
            let new = try await Smarthost(Account.mailcatcher, socket: "\(Laboratory.root)/MAILSOCK/new")
            let boxes = [Mailbox(21), Mailbox(22)]
            for sample in SampleMessage.all {
                let written = sample.written(
                    from: "alice@example.test", to: "Somebody <somebody@elsewhere.test>, \(boxes[0].address)",
                    subject: sample.name)
                try await send(written, to: "\(Laboratory.root)/MAILSOCK/old")
                let before = try await boxes[0].message(sample.name)
                try await removeAll(of: boxes[0])
                try await send(written, to: new.socket)
                let after = try await boxes[0].message(sample.name)
                #expect(content(before, written) == content(after, written))
                #expect(before.body == after.body)
                #expect(before.values("Return-Path") == after.values("Return-Path"))
                #expect(
                    Set(after.fields.map(\.name)).subtracting(before.fields.map(\.name)).isSubset(of: [
                        "Message-ID"
                    ]))
                #expect(Set(before.fields.map(\.name)).isSubset(of: after.fields.map(\.name)))
            }
        }

        private func removeAll(of box: Mailbox) async throws {
            _ = try await Laboratory.script("servers/dovecot", "empty", box.address).succeeded("empty")
        }
    }
}
