// Accounts with limits and with several hosts, from their configuration to what the relay sees and what the
// daemon says of them.
import LinuxIO
import MailCore
import SmarthostConfiguration
import TestSupport
import Testing

@testable import Delivery
@testable import SMTPClient

@Suite(.serialized) struct LimitTests {
    let relay: ScriptedRelay

    init() throws { relay = try ScriptedRelay() }

    private func account(_ keys: String...) -> String {
        "account default\n\(relay.account)" + keys.map { "\($0)\n" }.joined()
    }

    private static func moment(_ milliseconds: Int64) -> String { "\(milliseconds % 100_000)" }

    @Test func theRestOfARateWaits() async throws {
        try await Station.run(account("rate_limit 2/m"), attemptsPerAccount: 1) { [self] station in
            for number in 0..<5 { try await station.store(["\(number)@example.net"]) }
            await station.scheduler.drain(until: .after(.seconds(20)))
            #expect(relay.received.count == 2)
            station.clock.now += 59_999
            await station.scheduler.drain(until: .after(.seconds(20)))
            #expect(relay.received.count == 2)
            #expect(
                station.scheduler.report(Self.moment) == """
                    account default: 2 sent
                      rate_limit 2/m: 2 used, the next at 60000
                      127.0.0.1:\(relay.port): 1 open, 1 of them idle

                    """)
            for count in [4, 5] {
                station.clock.now += 60_000
                await station.scheduler.drain(until: .after(.seconds(20)))
                #expect(relay.received.count == count)
            }
        }
    }

    /// Whoever waits for the verdict is told that the mail waits: nobody hangs for a minute.
    @Test func aCallerBeyondTheRateIsDeferred() async throws {
        try await Station.run(account("rate_limit 1/h")) { [self] station in
            let ids = [try await station.store(), try await station.store()]
            #expect(await station.scheduler.deliverNow(ids[0]).map(\.failure) == [nil])
            let failure = try #require(await station.scheduler.deliverNow(ids[1]).first?.failure)
            #expect(failure.disposition == .transient)
            #expect(failure.text.contains("rate_limit 1/h"))
            #expect(try await station.spool.count() == 1)
            #expect(relay.received.count == 1)
            #expect(!station.log.contains { $0.hasPrefix("account held") })
        }
    }

    @Test func aRelayThatAsksForLessGetsLess() async throws {
        relay.behaviour.replies[.mail] = "451 4.7.0 too many messages, slow down"
        try await Station.run(account("max_connections 2")) { station in
            try await station.store()
            station.start()
            try await station.until("it is slowed down") {
                station.log.contains { $0.hasPrefix("account slowed down: account=default at-a-time=1 ") }
                    && station.scheduler.attemptsUnderWay == 0
            }
            let report = station.scheduler.report(Self.moment)
            #expect(report.contains("\n  slowed down to 1 at a time instead of 2: the relay asked for it\n"))
        }
    }

    @Test func theReportSaysWhatIsWaitedFor() async throws {
        relay.stopListening()
        try await Station.run(account()) { [self] station in
            try await station.store()
            station.start()
            try await station.until("the account is held") { station.scheduler.attemptsUnderWay == 0 }
            try await station.until("it is known") {
                station.scheduler.report(Self.moment).contains("held until 5000: ")
            }
            let report = station.scheduler.report(Self.moment)
            let refused = "127.0.0.1:\(relay.port) refused the connection: nothing listens there"
            #expect(report.hasPrefix("account default: 0 sent\n  held until 5000: \(refused)"))
            #expect(report.contains("\n  127.0.0.1:\(relay.port): 0 open, 0 of them idle; left alone until "))
        }
    }

    /// The log names the host that took the message.
    @Test func theOtherHostTakesOver() async throws {
        let other = try ScriptedRelay()
        let first = relay.port
        relay.stopListening()
        let text = "account default\nhost 127.0.0.1:\(first) 127.0.0.1:\(other.port)\n"
        try await Station.run(text) { station in
            try await station.store()
            station.start()
            try await station.until("it arrived") { try await station.spool.count() == 0 }
            #expect(other.received.count == 1)
            #expect(station.log.contains { $0.contains(" relay=127.0.0.1:\(other.port) ") })
            #expect(!station.log.contains { $0.hasPrefix("account held") })
            let report = station.scheduler.report(Self.moment)
            #expect(
                report.hasPrefix(
                    "account default: 1 sent\n  127.0.0.1:\(first): 0 open, 0 of them idle; left"))
            #expect(report.hasSuffix("\n  127.0.0.1:\(other.port): 1 open, 1 of them idle\n"))
        }
    }

    /// Whatever makes a session another one makes another set of sessions.
    @Test func theWayHoldsEverythingThatMatters() throws {
        let usual = try Self.routes("tls on\nauth plain\nuser ann\npassword x")
        #expect(try Self.routes("tls on\nauth plain\nuser ann\npassword x\nfrom a@b") == usual)
        for other in [
            "tls on\nauth plain\nuser bob\npassword x", "tls on\nauth login\nuser ann\npassword x",
            "tls on", "auth cram-md5\nuser ann\npassword x",
            "tls on\nauth plain\nuser ann\npassword x\nport 26",
            "tls on\nauth plain\nuser ann\npassword x\nproxy_host ::1",
            "tls on\nauth plain\nuser ann\npassword x\nsource_ip 192.0.2.1",
            "tls on\nauth plain\nuser ann\npassword x\ntls_host_override b.example.org",
            "tls on\nauth plain\nuser ann\npassword x\ntls_trust_file /etc/ca.pem",
            "tls on\nauth plain\nuser ann\npassword x\ntls_certcheck off",
            "tls on\nauth plain\nuser ann\npassword x\nport 25\ntls_starttls off",
            "tls on\nauth plain\nuser ann\npassword x\ndomain c.example.org",
            "tls on\nauth plain\nuser ann\npassword x\ntimeout 5",
            "tls on\nauth plain\nuser ann\npassword x\nmax_connections 3",
            "tls on\nauth plain\nuser ann\npassword x\nprotocol lmtp\nport 25",
        ] { #expect(try Self.routes(other) != usual, "\(other)") }
        // Another account's password may be another, whoever it is for.
        let named = try Self.routes("tls on\nauth plain\nuser ann\npassword x", account: "other")
        #expect(named != usual)
    }

    private static func routes(_ keys: String, account name: String = "a") throws -> [SMTPClient.Route] {
        let configuration = try parsedConfiguration("account \(name)\nhost relay.test\n\(keys)\n")
        let account = try #require(configuration.accounts.first)
        guard case .relay(let relay) = account.route else { return [] }
        return try Hosts(relay, of: account, connections: 4).routes
    }

    /// Those that are named, over the one for all.
    @Test func timesOfThePhases() throws {
        let phases =
            "connect=1 greeting=2 command=3 tls=4 auth=5 mail=6 rcpt=7 data=8 content=9 end_of_data=10"
        let times = try #require(try Self.routes("phase_timeouts \(phases)").first).timeouts
        let all = [
            times.connect, times.greeting, times.command, times.tlsHandshake, times.authentication,
            times.mail,
            times.recipient, times.data, times.dataBlock, times.endOfData,
        ]
        #expect(all == (1...10).map { .seconds($0) })
        let some = try #require(try Self.routes("timeout 20\nphase_timeouts end_of_data=1h").first).timeouts
        #expect(some.endOfData == .seconds(3600) && some.mail == .seconds(20))
        let usual = try #require(try Self.routes("").first).timeouts
        #expect(usual == Timeouts())
    }

    @Test func limitsOfTheAccountOverTheDaemons() throws {
        let text = "daemon\nmax_connections 3\n"
        let usual = try parsedConfiguration(text + "account a\nhost h\n").allowance(of: "a", places: 6)
        #expect((usual.places, usual.connections) == (6, 3) && usual.rate == nil)
        let own = try parsedConfiguration(text + "account a\nhost h\nmax_connections 1\nrate_limit 9/s\n")
        let allowance = own.allowance(of: "a", places: 6)
        #expect((allowance.places, allowance.connections) == (2, 1))
        #expect(allowance.rate == RateLimit(messages: 9, unit: .second))
        let route = try Self.routes(
            "max_connections 1\nmax_messages_per_connection 7\nconnection_idle_time 90")
        let limits = PoolLimits(connections: 1, messagesPerConnection: 7, idleTime: .seconds(90))
        #expect(route.first?.limits == limits)
    }
}
