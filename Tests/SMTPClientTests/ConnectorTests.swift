// Reaching a relay, or not; waiting for a session; what a transcript shows.
import Glibc
import LinuxIO
import MailCore
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct ConnectorTests {
    @Test func saysThatNobodyListens() async throws {
        let (number, port) = ScriptedServer.listenOnLoopback()
        close(number)
        let failure = try await openFailure(.host("127.0.0.1", port: port))
        #expect(failure?.phase == .connect)
        #expect(
            failure?.text.hasSuffix("refused the connection: nothing listens there; check host and port")
                == true)
    }

    @Test func saysThatTheSocketIsMissingOrNoPath() async throws {
        let missing = try await openFailure(.unix(path: "/nonexistent/lmtp"))
        #expect(missing?.text == "/nonexistent/lmtp cannot be reached: No such file or directory")
        let long = try await openFailure(.unix(path: String(repeating: "x", count: 200)))
        #expect(long?.phase == .configuration)
    }

    @Test(
        "each way not to reach a host has its words",
        arguments: [
            (IOFailure.timedOut, "may be blocked by a firewall"),
            (.system(SystemError("connect", number: ECONNREFUSED)), "nothing listens there"),
            (.system(SystemError("connect", number: ENETUNREACH)), "Network is unreachable"),
        ])
    func words(failure: IOFailure, expected: String) throws {
        let route = Route(to: .host("mx.example.net", port: 25), helloName: "x")
        let address = try #require(SocketAddress(ip: "192.0.2.1", port: 25))
        let text = RelayFailures(route: route).unreachable(failure, at: address).text
        #expect(text.hasPrefix("mx.example.net:25 (192.0.2.1:25) "))
        #expect(text.contains(expected))
    }

    @Test("a name that does not exist is not a server's failure") func namesNotFound() {
        let failures = RelayFailures(route: Route(to: .host("mx.example.net", port: 25), helloName: "x"))
        #expect(failures.unresolved(.notFound).enhanced == EnhancedStatusCode(4, 4, 4))
        #expect(failures.unresolved(.temporary("no answer")).text.hasSuffix("looked up now: no answer"))
    }

    @Test func triesTheNextAddressOfAName() async throws {
        // localhost is ::1 first where the machine has IPv6; the server listens on 127.0.0.1 only.
        let lines = try ScriptedDialogue(Self.greeting + "C: QUIT\nS: 221 Bye").connections
        let offers = try await onLoop { loop in
            let server = try ScriptedServer(unix: false, on: loop)
            guard case .host(_, let port) = server.endpoint else { return false }
            let playing = loop.spawn { await server.play(lines) }
            let workers = try WorkerPool(threads: 1, named: "work")
            let connector = RelayConnector(on: loop, workers: workers)
            let session = try await connector.open(
                Route(to: .host("localhost", port: port), helloName: "client.example.org"))
            let offers = session.capabilities.hasPipelining
            await session.quit()
            await playing.value
            server.stop()
            workers.shutDown()
            return offers && server.problems.isEmpty
        }
        #expect(offers)
    }

    @Test func waitsForASessionWhereAllAreInUse() async throws {
        let message = """
            C: MAIL FROM:<sender@example.org>
            C: RCPT TO:<rcpt@example.net>
            C: DATA
            S: 250 Ok
            S: 250 Ok
            S: 354 Go
            C! content
            S: 250 Ok

            """
        let text = Self.greeting + message + message + message + "C: QUIT\nS: 221 Bye"
        let lines = try ScriptedDialogue(text).connections
        let delivered = try await onLoop { loop in
            let server = try ScriptedServer(unix: true, on: loop)
            let playing = loop.spawn { await server.play(lines) }
            let workers = try WorkerPool(threads: 1, named: "work")
            let pool = RelayPool(
                RelayConnector(on: loop, workers: workers), limits: PoolLimits(connections: 1))
            let route = Route(to: server.endpoint, helloName: "client.example.org")
            let tasks = (0..<3).map { _ in
                loop.spawn {
                    let message = ScriptedDialogue.Message()
                    return await pool.deliver(message, over: route)
                }
            }
            var delivered = 0
            for task in tasks { if case .delivered = await task.value.outcomes[0] { delivered += 1 } }
            await pool.close()
            await playing.value
            server.stop()
            workers.shutDown()
            return server.problems.isEmpty ? delivered : -1
        }
        #expect(delivered == 3)
    }

    /// Each login with a wrong password is one too many.
    @Test func whoWaitsIsNotRefusedAgain() async throws {
        let text = """
            S: 220 mx.example.net ESMTP
            C: EHLO client.example.org
            S: 250-mx.example.net
            S: 250 AUTH PLAIN
            C~ AUTH PLAIN .*
            S: 535 5.7.8 Bad credentials
            C: QUIT
            """
        let lines = try ScriptedDialogue(text).connections
        let (phases, problems) = try await onLoop { loop in
            let server = try ScriptedServer(unix: true, on: loop)
            let playing = loop.spawn { await server.play(lines) }
            let workers = try WorkerPool(threads: 1, named: "work")
            let pool = RelayPool(
                RelayConnector(on: loop, workers: workers, credentials: TestCredentials()),
                limits: PoolLimits(connections: 1))
            let login = Login(user: "tim", account: "work")
            let route = Route(
                to: server.endpoint, authentication: .mechanism("PLAIN", login),
                helloName: "client.example.org")
            let tasks = (0..<3).map { _ in
                loop.spawn { await pool.deliver(ScriptedDialogue.Message(), over: route) }
            }
            var phases: [DeliveryFailure.Phase?] = []
            for task in tasks {
                guard case .failed(let failure) = await task.value.outcomes[0] else { continue }
                phases.append(failure.phase)
            }
            await playing.value
            await pool.close()
            server.stop()
            workers.shutDown()
            return (phases, server.problems)
        }
        #expect(problems.isEmpty)
        #expect(phases == [.authentication, .authentication, .authentication])
    }

    @Test func aClosedPoolSaysSo() async throws {
        let report = try await onLoop { loop in
            let workers = try WorkerPool(threads: 1, named: "work")
            defer { workers.shutDown() }
            let pool = RelayPool(RelayConnector(on: loop, workers: workers))
            await pool.close()
            let message = ScriptedDialogue.Message()
            let route = Route(to: .unix(path: "/nonexistent"), helloName: "x")
            return await pool.deliver(message, over: route)
        }
        guard case .failed(let failure) = report.outcomes[0] else {
            Issue.record("delivered")
            return
        }
        #expect(failure.disposition == .transient)
    }

    static let greeting = """
        S: 220 mx.example.net ESMTP
        C: EHLO client.example.org
        S: 250-mx.example.net
        S: 250 PIPELINING

        """

    private func openFailure(_ endpoint: Endpoint) async throws -> DeliveryFailure? {
        try await onLoop { loop in
            let workers = try WorkerPool(threads: 1, named: "work")
            defer { workers.shutDown() }
            do throws(DeliveryFailure) {
                let connector = RelayConnector(on: loop, workers: workers)
                _ = try await connector.open(Route(to: endpoint, helloName: "client.example.org"))
                return nil
            } catch { return error }
        }
    }
}
