// PHP's mail(), from the command line and through php-fpm (whose environment is cleared), as www-data
// inside the tree.

import Glibc
import Testing

extension RealServers {
    /// One after the other: there is one php-fpm, and one path for the raw socket.
    @Suite(.serialized) struct PHPTests {
        enum Mode: String, CaseIterable, CustomTestStringConvertible {
            case cli, fpm
            var testDescription: String { rawValue }

            func mail(_ path: String, to: String, _ subject: String) async throws -> Outcome {
                try await Laboratory.script(
                    "php-mail", rawValue, path, to, subject, "A message\nin two lines\n",
                    "From: \"SRC\" <info@civicrm.test>\r\nX-Mailer: PHP")
            }

            /// Whether the program behind sendmail_path was heard to say this on standard error.
            func wasTold(_ words: String, _ outcome: Outcome) async throws -> Bool {
                if self == .cli { return outcome.error.contains(words) }
                let log = "\(Laboratory.root)/var/log/php-fpm.log"
                return try await eventually("\"\(words)\" in php-fpm's log") {
                    String(decoding: try readFile(log), as: UTF8.self).contains(words) ? true : nil
                }
            }
        }

        private static let socket = "/MAILSOCK/php"
        private static let sendmailPath = "/mail/sendmail -t -i --socket \(socket)"

        private func smarthost(_ accounts: String, starts: Bool = true) async throws -> Smarthost {
            _ = try await run(["cp", Built.sendmail, "\(Laboratory.root)/mail/sendmail"]).succeeded("cp")
            return try await Smarthost(
                accounts, socket: Laboratory.root + Self.socket,
                listen: "user=mailer group=www-data mode=0660",
                dkim: ["civicrm.test": ""], starts: starts)
        }

        @Test(arguments: Mode.allCases)
        func arrivesSigned(_ mode: Mode) async throws {
            let box = Mailbox(11)
            let smarthost = try await smarthost(Account.submission())
            let outcome = try await mode.mail(Self.sendmailPath, to: box.address, "from \(mode)")
            #expect(outcome == Outcome(exitCode: 0, output: "true\n"))
            let stored = try await box.message("from \(mode)")
            #expect(String(decoding: stored.body, as: UTF8.self).hasPrefix("A message\nin two lines\n"))
            #expect(stored.values("From") == ["\"SRC\" <info@civicrm.test>"])
            #expect(stored.values("Return-Path") == ["<info@civicrm.test>"])
            #expect(stored.values("X-Mailer") == ["PHP"])
            let complaints = try await Verifier.complaints(about: stored.path)
            #expect(complaints == [])
            try await smarthost.end()
        }

        @Test(
            arguments: Mode.allCases,
            [
                (SIGTERM, "no such socket: start the daemon"),
                (SIGKILL, "the file is there but no daemon listens on it: start smarthostd"),
            ])
        func falseWithoutDaemon(_ mode: Mode, _ end: (signal: CInt, words: String)) async throws {
            let smarthost = try await smarthost(Account.mailcatcher)
            try await smarthost.end(end.signal)
            let outcome = try await mode.mail(Self.sendmailPath, to: Mailbox(12).address, "lost")
            #expect(outcome.exitCode == 1 && outcome.output == "false\n")
            #expect(try await mode.wasTold("sendmail: \(Self.socket): \(end.words)", outcome))
        }

        @Test(arguments: Mode.allCases)
        func falseWhenTheRelayRefuses(_ mode: Mode) async throws {
            let smarthost = try await smarthost(Account.mailcatcher)
            let outcome = try await mode.mail(
                Self.sendmailPath + " -odi", to: "nobody@example.test", "refused")
            #expect(outcome.exitCode == 1 && outcome.output == "false\n")
            #expect(try await mode.wasTold("550 5.1.1 <nobody@example.test>", outcome))
            try await smarthost.end()
        }

        /// The seed of it all: /mail/sendmail.sh, which is socat, four variables, and an msmtprc.
        @Test(
            arguments: Mode.allCases,
            [
                "defaults\naccount default\nhost mailcatcher\nport 25\nauth off\nprotocol smtp\nlogfile -\n",
                """
                defaults
                account default
                host dovecot
                port 24
                user src@src.test
                password pass
                protocol lmtp
                logfile -

                """,
            ])
        func rawScript(_ mode: Mode, _ msmtprc: String) async throws {
            let box = Mailbox(13)
            let smarthost = try await Smarthost(
                msmtprc, socket: "\(Laboratory.root)/MAILSOCK/sendmail",
                listen: "user=mailer group=www-data mode=0660", dkim: [:],
                environment: [
                    "DKIMSELECTOR": Laboratory.selector, "DKIMDOMAIN": "civicrm.test",
                    "DKIMKEYFILE": try await Laboratory.signingKey(),
                ])
            let subject = "raw \(mode) \(msmtprc.contains("lmtp") ? "to Dovecot" : "to mailcatcher")"
            let outcome = try await mode.mail("/mail/sendmail.sh", to: box.address, subject)
            // Standard error has what socat's -D prints of its descriptors.
            #expect(
                outcome.exitCode == 0 && outcome.output == "true\n" && !outcome.error.contains("smarthost:"))
            let stored = try await box.message(subject)
            #expect(stored.values("Return-Path") == ["<info@civicrm.test>"])
            let complaints = try await Verifier.complaints(about: stored.path)
            #expect(complaints == [])
            let log = try #require(try await smarthost.end()).output
            #expect(log.contains("from=info@civicrm.test recipients=\(box.address)"))
            #expect(log.contains("exitcode=EX_OK"))
        }
    }
}
