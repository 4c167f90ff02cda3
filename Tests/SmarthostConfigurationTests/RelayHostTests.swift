// Several hosts, a proxy and limits, as the account has them in the end.

import Testing

@testable import SmarthostConfiguration

struct RelayHostTests {
    @Test func eachHostHasItsPortAndItsName() throws {
        let relay = try #require(
            try World.parse(
                "host a.example.org b.example.org:2525, [::1]:24\nport 587\ntls on\nsource_ip 192.0.2.1\n"
            ).relay)
        let hosts = [relay] + relay.alternatives
        #expect(
            hosts.map(\.endpoint) == [
                .tcp(host: "a.example.org", port: 587, source: "192.0.2.1"),
                .tcp(host: "b.example.org", port: 2525, source: "192.0.2.1"),
                .tcp(host: "::1", port: 24, source: "192.0.2.1"),
            ])
        #expect(
            hosts.map(\.tls)
                == ["a.example.org", "b.example.org", "::1"].map {
                    .startTLS(Self.parameters($0))
                })
        #expect(!relay.isBalanced)
    }

    private static func parameters(_ name: String) -> TLSParameters {
        TLSParameters(name: name, verification: .certificate(.system, revocationLists: nil))
    }

    @Test func oneNameForAll() throws {
        let text =
            "host a b\nhost_order balanced\ntls on\ntls_starttls off\ntls_host_override mail.example.org\n"
        let relay = try #require(try World.parse(text).relay)
        let policy = TLSPolicy.implicit(Self.parameters("mail.example.org"))
        #expect(relay.tls == policy && relay.alternatives.map(\.tls) == [policy])
        #expect(relay.alternatives.map(\.endpoint) == [.tcp(host: "b", port: 465, source: nil)])
        #expect(relay.isBalanced)
    }

    /// What is wrong with the settings is said once, however many hosts they are for.
    @Test func saysItOnce() throws {
        let warnings = try World.warnings("host a b c\ntls on\ntls_certcheck off\n")
        #expect(warnings.map { $0.prefix(38) } == ["/etc/msmtprc:3: warning: tls_certcheck"])
        let errors = World.errors("host a b:24\nprotocol lmtp\n")
        #expect(
            errors == ["/etc/msmtprc:2: port: LMTP has no default port; set port (24 is usual) or socket"])
        #expect(try World.parse("host a:24 b:24\nprotocol lmtp\n").relay?.alternatives.count == 1)
        #expect(try World.warnings("host a:465 b\ntls on\n").count == 1)
    }

    @Test func proxy() throws {
        let plain = try #require(try World.parse("host a\nproxy_host proxy.example.org\n").relay)
        #expect(plain.proxy == Relay.Proxy(host: "proxy.example.org", port: 1080))
        let tor = try World.parse("host a b\nproxy_host ::1\nproxy_port 9050\n").relay
        #expect(tor?.proxy == Relay.Proxy(host: "::1", port: 9050))
        #expect(tor?.alternatives.first?.proxy == tor?.proxy)
        #expect(try World.parse("host a\nproxy_host b\nproxy_host\n").relay?.proxy == nil)
        #expect(try World.parse("socket /run/a\nproxy_host b\n").relay?.proxy == nil)
    }

    /// Behind a proxy localhost is another machine, to which no password goes in clear.
    @Test func aProxyTakesThePasswordAway() {
        let account = "host localhost\nauth plain\nuser joe\npassword x\n"
        #expect(World.errors(account) == [])
        #expect(
            World.errors(account + "proxy_host 127.0.0.1\n").map { $0.prefix(20) } == ["/etc/msmtprc:2: auth"]
        )
        #expect(World.errors("host localhost a\nauth plain\nuser joe\npassword x\n").count == 1)
    }

    @Test func limits() throws {
        let usual = try #require(try World.parse("host a\n").defaultAccount).limits
        #expect(usual == AccountLimits())
        let limits = try #require(
            try World.parse(
                "host a\nmax_connections 2\nmax_messages_per_connection 20\nconnection_idle_time off\nrate_limit 30/m\n"
            ).defaultAccount
        ).limits
        #expect(limits.connections == 2)
        #expect(limits.messagesPerConnection == 20)
        #expect(limits.idleTime == .zero)
        #expect(limits.rate == RateLimit(messages: 30, unit: .minute))
        #expect(limits.rate?.period == .seconds(60) && limits.rate?.description == "30/m")
    }
}
