// dsn_notify and dsn_return, from the configuration to what the relay is asked.
import SMTPClient
import SmarthostConfiguration
import TestSupport
import Testing

@testable import Delivery

struct NotificationTests {
    private static func request(_ keys: String) throws -> NotificationRequest? {
        let account = try parsedConfiguration("account default\nhost a\n\(keys)").defaultAccount
        return NotificationRequest(try #require(account).notification)
    }

    @Test(arguments: [
        ("dsn_notify never\n", NotificationRequest(.never)),
        ("dsn_notify failure,delay\n", NotificationRequest(.on([.failure, .delay]))),
        ("dsn_notify success\ndsn_return headers\n", NotificationRequest(.on([.success]), extent: .headers)),
        ("dsn_return full\n", NotificationRequest(nil, extent: .full)),
        ("dsn_notify off\ndsn_return off\n", nil), ("", nil),
    ])
    func asked(_ keys: String, _ request: NotificationRequest?) throws {
        #expect(try Self.request(keys) == request)
    }

    /// The relay's own words and what it was told, over the whole way of a queued message.
    @Test func overTheWire() async throws {
        let relay = try ScriptedRelay()
        relay.behaviour.replies[.hello] = "250-relay.test\r\n250 DSN"
        let account = "account default\n\(relay.account)dsn_notify failure,delay\ndsn_return headers\n"
        try await Station.run(account) { station in
            try await station.store()
            station.start()
            try await station.until("it is delivered") { relay.received.count == 1 }
        }
        #expect(
            relay.received.map(\.envelope) == [
                [
                    "MAIL FROM:<ann@example.org> RET=HDRS",
                    "RCPT TO:<bob@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob@example.net",
                ]
            ])
    }
}
