// What the keys mean for a message under way: signed, sent unsigned with a warning, or kept.
import MailCore
import SmarthostConfiguration
import Spool
import TestSupport
import Testing

@testable import Delivery

@Suite struct SignedDeliveryTests {
    private func deliver(
        _ author: String, _ dkim: String, missing: MissingKeyPolicy? = nil, unsigned: Int = 0
    ) async throws -> (content: [UInt8], log: [String]) {
        let relay = try ScriptedRelay()
        return try await Station.run("account default\n\(relay.account)\(dkim)", missing: missing) {
            station in
            let id = try await station.store(from: author)
            #expect(await station.scheduler.deliverNow(id).map(\.failure) == [nil])
            #expect(station.keys.unsignedMessages == unsigned)
            return (relay.received[0].content, station.log)
        }
    }

    @Test func unsignedOnlyWithAWarning() async throws {
        let dkim = "dkim example.net\nselector net\nkey_file /keys/net\n"
        let (content, log) = try await deliver("ann@example.org", dkim, missing: .send, unsigned: 1)
        #expect(try SigningIdentity.shared.get().results(for: content).isEmpty)
        #expect(log.contains { $0.hasPrefix("sent unsigned: id=") })
        #expect(log.contains { $0.contains(" dkim=none") })
        let signed = try await deliver("ann@example.net", dkim)
        #expect(
            try SigningIdentity.shared.get().signs(
                signed.content, domain: "example.net", at: Clock().now / 1000))
        #expect(!signed.log.contains { $0.hasPrefix("sent unsigned") })
        #expect(signed.log.contains { $0.contains("dkim=net._domainkey.example.net") })
    }

    @Test func unreadableAuthorWaits() async throws {
        let relay = try ScriptedRelay()
        let dkim = "dkim example.org\nselector org\nkey_file /keys/org\n"
        try await Station.run("account default\n\(relay.account)\(dkim)") { station in
            let id = try await station.store(from: "Smile :) info@example.org")
            let failure = try #require(await station.scheduler.deliverNow(id).first?.failure)
            #expect(failure.phase == .signing)
            #expect(relay.received.isEmpty)
            #expect(try await station.spool.message(id)?.pending.count == 1)
        }
    }

    @Test func noWarningWhereNobodyWantsSignatures() async throws {
        let (_, log) = try await deliver("ann@example.org", "", unsigned: 1)
        #expect(log.count == 1 && log[0].hasPrefix("delivered: id=") && log[0].contains(" dkim=none"))
    }

    /// What waits for a key is there to be looked at; what is refused says so with its own code.
    @Test(arguments: [MissingKeyPolicy.defer, .reject]) func notSentWithoutKey(
        policy: MissingKeyPolicy
    ) async throws {
        let relay = try ScriptedRelay()
        let dkim = "dkim example.net\nselector net\nkey_file /keys/net\n"
        try await Station.run("account default\n\(relay.account)\(dkim)", missing: policy) { station in
            let id = try await station.store()
            let failure = try #require(await station.scheduler.deliverNow(id).first?.failure)
            #expect(failure.disposition == (policy == .defer ? .transient : .permanent))
            #expect(failure.text.contains("there is no DKIM key for example.org"))
            #expect(relay.received.isEmpty && station.keys.unsignedMessages == 0)
        }
    }
}
