// Dovecot directly, by LMTP: every recipient has a fate of its own.

import Testing

extension RealServers {
    @Suite struct LMTPTests {
        enum Way: String, CaseIterable, CustomTestStringConvertible {
            case tcp = "TCP", unix = "Unix socket"

            var testDescription: String { rawValue }
            var account: String { self == .tcp ? Account.lmtp : Account.lmtpSocket }
            var boxes: [Mailbox] { self == .tcp ? [Mailbox(6), Mailbox(7)] : [Mailbox(8), Mailbox(9)] }
        }

        private static let unknown = "nobody@example.test"
        private static let full = "full@example.test"

        private func written(_ way: Way, _ subject: String) -> [UInt8] {
            let to = (way.boxes.map(\.address) + [Self.unknown, Self.full]).joined(separator: ", ")
            return SampleMessage.plain.written(
                from: "alice@example.test", to: to, subject: subject)
        }

        @Test(arguments: Way.allCases)
        func queued(_ way: Way) async throws {
            let smarthost = try await Smarthost(way.account)
            let written = written(way, "queued")
            #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            for box in way.boxes { #expect(try await box.message("queued").differences(from: written) == []) }
            try await smarthost.queueSays("<\(Self.full)> REFUSED")
            let queue = try await smarthost.mailq()
            #expect(queue.contains("<\(Self.unknown)> REFUSED"))
            #expect(queue.contains("550 5.1.1 <\(Self.unknown)> User doesn't exist: \(Self.unknown)"))
            #expect(queue.contains("552 5.2.2 <\(Self.full)> Quota exceeded"))
            for box in way.boxes { #expect(!queue.contains(box.address)) }
        }

        /// Once by the caller's option, once by the configuration.
        @Test(arguments: [(Way.tcp, "", "-odi"), (Way.unix, "delivery direct", "-i")])
        func direct(_ way: Way, _ daemonKeys: String, _ option: String) async throws {
            let smarthost = try await Smarthost(way.account, daemonKeys: daemonKeys)
            let written = written(way, "direct")
            let outcome = try await smarthost.sendmail("-t", option, message: written)
            #expect(outcome.exitCode == 69)
            #expect(outcome.error.contains("550 5.1.1 <\(Self.unknown)> User doesn't exist: \(Self.unknown)"))
            #expect(outcome.error.contains("552 5.2.2 <\(Self.full)> Quota exceeded"))
            #expect(outcome.error.contains("delivered to the other 2"))
            for box in way.boxes { #expect(try await box.message("direct").differences(from: written) == []) }
            // Whoever asked was told.
            #expect(try await smarthost.mailq() == "Mail queue is empty\n")
        }
    }
}
