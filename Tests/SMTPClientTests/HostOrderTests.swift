// Which of an account's hosts is tried when, by a manual clock, and over real sockets.
import Glibc
import LinuxIO
import MailCore
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct HostOrderTests {
    static let routes = ["a", "b", "c"].map { Route(to: .host($0, port: 25), helloName: "x") }

    private func names(_ routes: [Route]) -> String { routes.map(\.endpoint.host).joined() }

    @Test func inOrder() throws {
        var order = HostOrder()
        let hosts = try #require(Hosts(Self.routes))
        #expect(names(order.order(of: hosts, at: .zero)) == "abc")
        order.failed(Self.routes[0], at: .zero)
        #expect(names(order.order(of: hosts, at: .seconds(59))) == "bca")
        #expect(names(order.order(of: hosts, at: .seconds(60))) == "abc")
    }

    @Test func aHostIsBackWhenItLetUsIn() throws {
        var order = HostOrder()
        let hosts = try #require(Hosts(Self.routes))
        for route in Self.routes { order.failed(route, at: .zero) }
        #expect(names(order.order(of: hosts, at: .seconds(1))) == "abc")
        order.succeeded(Self.routes[2])
        #expect(names(order.order(of: hosts, at: .seconds(1))) == "cab")
    }

    @Test func byTurns() throws {
        var order = HostOrder()
        let hosts = try #require(Hosts(Self.routes, areBalanced: true))
        #expect(
            (0..<4).map { _ in names(order.order(of: hosts, at: .zero)) } == ["abc", "bca", "cab", "abc"])
        order.failed(Self.routes[1], at: .zero)
        #expect(names(order.order(of: hosts, at: .zero)) == "cab")
    }

    @Test func noHosts() { #expect(Hosts([]) == nil) }

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
            let hosts = try #require(Hosts(endpoints.map { Route(to: $0, helloName: "client.example.org") }))
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
            await pool.close()
            await playing.value
            #expect(server.problems.isEmpty)
            server.stop()
            workers.shutDown()
        }
    }
}
