// Which of an account's hosts is tried when, by a manual clock, and over real sockets.
import Glibc
import LinuxIO
import MailCore
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct HostOrderTests {
    static let routes = ["a", "b", "c"].map { Route(to: .host($0, port: 25), helloName: "x") }

    private static let down = DeliveryFailure(.transient, .relay, .connect, "connection refused")
    static func hosts(areBalanced: Bool = false) -> Hosts {
        Hosts(routes[0], Array(routes[1...]), areBalanced: areBalanced)
    }

    private func names(_ routes: [Route]) -> String { routes.map(\.endpoint.host).joined() }

    @Test func inOrder() {
        var order = HostOrder()
        let hosts = Self.hosts()
        #expect(names(order.order(of: hosts, at: .zero)) == "abc")
        order.failed(Self.routes[0], Self.down, at: .zero)
        #expect(names(order.order(of: hosts, at: .seconds(59))) == "bca")
        #expect(names(order.order(of: hosts, at: .seconds(60))) == "abc")
    }

    @Test func aHostIsBackWhenItLetUsIn() {
        var order = HostOrder()
        let hosts = Self.hosts()
        for route in Self.routes { order.failed(route, Self.down, at: .zero) }
        #expect(names(order.order(of: hosts, at: .seconds(1))) == "abc")
        order.succeeded(Self.routes[2])
        #expect(names(order.order(of: hosts, at: .seconds(1))) == "cab")
    }

    @Test func byTurns() {
        var order = HostOrder()
        let hosts = Self.hosts(areBalanced: true)
        #expect(
            (0..<4).map { _ in names(order.order(of: hosts, at: .zero)) } == ["abc", "bca", "cab", "abc"])
        order.failed(Self.routes[1], Self.down, at: .zero)
        #expect(names(order.order(of: hosts, at: .zero)) == "cab")
    }

    /// For whoever asks what is waited for.
    @Test func whyAHostIsLeftAlone() {
        var order = HostOrder()
        #expect(order.isLeftAlone(Self.routes[0], at: .zero) == nil)
        order.failed(Self.routes[0], Self.down, at: .seconds(5))
        #expect(order.isLeftAlone(Self.routes[0], at: .seconds(25))?.remaining == .seconds(40))
        #expect(order.isLeftAlone(Self.routes[0], at: .seconds(25))?.reason == Self.down)
        #expect(order.isLeftAlone(Self.routes[0], at: .seconds(65)) == nil)
    }

    /// The first host is not there; the second takes both messages, the first of them after a detour.
    @Test func theNextHostTakesOver() async throws {
        let text = """
            S: 220 mx.example.net ESMTP
            C: EHLO client.example.org
            S: 250-mx.example.net
            S: 250 PIPELINING
            C: MAIL FROM:<sender@example.org>
            C: RCPT TO:<rcpt@example.net>
            C: DATA
            S: 250 Ok
            S: 250 Ok
            S: 354 Go
            C! content
            S: 250 Ok
            C: QUIT
            S: 221 Bye
            """
        let lines = try ScriptedDialogue(text).connections
        try await onLoop { loop in
            let (number, port) = ScriptedServer.listenOnLoopback()
            close(number)
            let server = try ScriptedServer(unix: true, on: loop)
            let playing = loop.spawn { await server.play(lines) }
            let workers = try WorkerPool(threads: 1, named: "work")
            let pool = RelayPool(RelayConnector(on: loop, workers: workers))
            let endpoints = [Endpoint.host("127.0.0.1", port: port), server.endpoint]
            let routes = endpoints.map { Route(to: $0, helloName: "client.example.org") }
            let hosts = Hosts(routes[0], [routes[1]])
            let message = ScriptedDialogue.Message()
            let (report, route) = await pool.deliver(
                toRecipients: message.outgoing.envelope.recipients.count, overAnyOf: hosts
            ) { _ throws(DeliveryFailure) in (message.outgoing, message.pieces()) }
            #expect(route.endpoint == server.endpoint)
            guard case .delivered = report.outcomes[0] else {
                Issue.record("\(report.outcomes)")
                return
            }
            #expect(pool.hostOrder.order(of: hosts, at: pool.now).first == route)
            #expect(pool.isLeftAlone(routes[0])?.reason.phase == .connect)
            #expect(pool.sessions(of: route) == (inUse: 0, idle: 1))
            await pool.close()
            await playing.value
            #expect(server.problems.isEmpty)
            server.stop()
            workers.shutDown()
        }
    }
}
