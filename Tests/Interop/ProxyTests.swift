// shim → smarthostd → Dante, a SOCKS5 proxy → Postfix.

import Testing

extension RealServers {
    @Suite(.serialized) struct ProxyTests {
        private static let proxy = "proxy_host 127.0.0.1\nproxy_port 1080\n"

        private static func connections() async throws -> Int {
            let text = try await Laboratory.script("servers/dante", "connections").succeeded("dante")
            return try #require(Int(text.prefix { $0.isNumber }))
        }

        @Test(arguments: [587, 465]) func throughTheProxy(port: Int) async throws {
            try await Laboratory.proxyIsUp()
            let before = try await Self.connections()
            let box = Mailbox(38)
            let account = port == 465 ? Account.submissions() : Account.submission()
            let smarthost = try await Smarthost(account + Self.proxy, daemonKeys: "delivery direct")
            let subject = "through the proxy to \(port)"
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: subject)
            #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            #expect(try await box.message(subject).differences(from: written) == [])
            #expect(try await Self.connections() == before + 1)
        }

        /// What the proxy says is what the caller hears, and the mail waits.
        @Test func refusedByTheProxy() async throws {
            try await Laboratory.proxyIsUp()
            let smarthost = try await Smarthost(Account.mailcatcher + Self.proxy)
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: Mailbox(38).address, subject: "refused")
            let outcome = try await smarthost.sendmail("-t", "-odi", message: written)
            #expect(outcome.exitCode == 75)
            let words = "mailcatcher:25: the proxy 127.0.0.1:1080 does not allow this connection"
            #expect(outcome.error.contains(words))
            let status = try await run([Built.smarthostctl, "status", "--socket", smarthost.socket])
                .succeeded("status")
            #expect(status.contains("\naccount default: 0 sent\n"))
            #expect(status.contains("\n  mailcatcher:25: 0 open, 0 of them idle; left alone until "))
        }

        /// The first host is down, the second takes the mail, each by its own name and certificate.
        @Test func theSecondHost() async throws {
            let box = Mailbox(39)
            let hosts = "relay.example.test:2588 expired.example.test:587 relay.example.test:587"
            let smarthost = try await Smarthost(
                Account.submission(hosts), daemonKeys: "delivery direct")
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: "second host")
            #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            #expect(try await box.message("second host").differences(from: written) == [])
            let status = try await run([Built.smarthostctl, "status", "--socket", smarthost.socket])
                .succeeded("status")
            #expect(status.contains("\naccount default: 1 sent\n"))
            #expect(status.contains("\n  relay.example.test:587: 1 open, 1 of them idle\n"))
            let alone = status.split(separator: "\n").filter { $0.contains("; left alone until ") }
            #expect(alone.count == 2)
            #expect(alone.contains { $0.contains("127.0.0.1:2588) refused the connection") })
            #expect(alone.contains { $0.contains("certificate expired") || $0.contains("expired on 20") })
        }
    }
}
