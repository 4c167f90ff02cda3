// The pipeline that smarthost replaces, socat | dkimsign | msmtp, beside it: the same bytes go in, and the
// same message comes out.

import Glibc
import Testing

extension RealServers {
    @Suite(.serialized) struct OldPipelineTests {
        /// dkimsign and msmtp behind socat, as in the first users' documents; the socket's path in the tree.
        private static let oldPipeline = Task {
            let socket = "/MAILSOCK/old"
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
            _ = try Program(
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
            return socket
        }

        /// Sends through a socket; what arrives in each of the mailboxes.
        private func pass(
            _ written: [UInt8], through socket: String, to boxes: [Mailbox]
        ) async throws -> [StoredMessage] {
            let known = boxes.map { Set($0.files) }
            let outcome = try await run(
                ["socat", "-t", "50", "STDIO", "UNIX-CONNECT:\(socket)"], input: written)
            #expect(outcome == .silentSuccess)
            var arrived: [StoredMessage] = []
            for (box, known) in zip(boxes, known) {
                let file = try await eventually("another message in \(box.address)") {
                    box.files.first { !known.contains($0) }
                }
                arrived.append(try StoredMessage(file: file))
            }
            return arrived
        }

        /// What the sender wrote, in its order: without the trace, the signature and what was added.
        private func content(_ message: StoredMessage, _ written: [UInt8]) -> [StoredMessage.Field] {
            let own = StoredMessage(written).fields.map(\.name)
            return message.fields.filter { own.contains($0.name) }
        }

        @Test(arguments: SampleMessage.all)
        func sameMessage(_ sample: SampleMessage) async throws {
            let old = try await Self.oldPipeline.value
            let new = try await Smarthost(Account.mailcatcher)
            let boxes = [Mailbox(21), Mailbox(22), Mailbox(23)]
            var sample = sample
            sample.fields += ["Cc: \(boxes[1].address)", "Bcc: Hidden <\(boxes[2].address)>"]
            let written = sample.written(
                from: "alice@example.test", to: "Somebody <somebody@elsewhere.test>, \(boxes[0].address)",
                subject: sample.name)
            let before = try await pass(written, through: Laboratory.root + old, to: boxes)
            let after = try await pass(written, through: new.socket, to: boxes)
            for (before, after) in zip(before, after) {
                #expect(content(before, written) == content(after, written))
                #expect(before.values("Bcc").isEmpty)
                let bodies = [before, after].map { String(decoding: $0.body, as: UTF8.self) }
                #expect(bodies[0] == bodies[1])
                #expect(before.values("Return-Path") == after.values("Return-Path"))
                let names = [before, after].map { Set($0.fields.map(\.name)) }
                #expect(names[1].subtracting(names[0]).isSubset(of: ["Message-ID"]))
                #expect(names[0].isSubset(of: names[1]))
            }
        }
    }
}
