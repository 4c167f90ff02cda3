// Names that cannot be looked up, in time or at all; and what the proxy's name does to the relay's.
import LinuxIO
import MailCore
import Synchronization
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct ResolverTests {
    /// Whatever a connector with that resolver says of a relay at `smtp.example.org:587`.
    private static func failure(
        proxy: Endpoint? = nil, patience: Duration = .seconds(20),
        _ resolver: @escaping RelayConnector.Resolver
    ) async throws -> DeliveryFailure? {
        try await onLoop { loop in
            let workers = try WorkerPool(threads: 1, named: "work")
            defer { workers.shutDown() }
            let connector = RelayConnector(on: loop, workers: workers, resolver: resolver)
            var route = Route(to: .host("smtp.example.org", port: 587), helloName: "client.example.org")
            route.proxy = proxy
            route.timeouts.connect = patience
            do throws(DeliveryFailure) {
                _ = try await connector.open(route)
                return nil
            } catch { return error }
        }
    }

    /// A resolver that answers only when the test is over.
    @Test func aResolverThatHangs() async throws {
        let gate = BlockingQueue<Int>()
        let failure = try await onLoop { loop in
            let workers = try WorkerPool(threads: 1, named: "work")
            let connector = RelayConnector(
                on: loop, workers: workers,
                resolver: { _, _ throws(ResolutionFailure) in
                    _ = gate.take()
                    throw .notFound
                })
            var route = Route(to: .host("smtp.example.org", port: 587), helloName: "client.example.org")
            route.timeouts.connect = .milliseconds(20)
            do throws(DeliveryFailure) {
                _ = try await connector.open(route)
                return DeliveryFailure?.none
            } catch {
                gate.close()
                workers.shutDown()
                return error
            }
        }
        #expect(failure?.phase == .resolve && failure?.disposition == .transient)
        #expect(
            failure?.text
                == "smtp.example.org:587: the name cannot be looked up now: the name server did not answer in time"
        )
    }

    @Test(arguments: [
        (ResolutionFailure.notFound, "there is no host of this name"),
        (.temporary("try again"), "the name cannot be looked up now: try again"),
    ])
    func failures(reason: ResolutionFailure, words: String) async throws {
        let failure = try await Self.failure { _, _ throws(ResolutionFailure) in throw reason }
        #expect(failure?.text.contains(words) == true)
    }

    /// The proxy's name is looked up here, the relay's is its own affair.
    @Test(arguments: [
        (ResolutionFailure.notFound, "is not found; check proxy_host"),
        (.temporary("try again"), "cannot be looked up now: try again"),
    ])
    func theProxysName(reason: ResolutionFailure, words: String) async throws {
        let asked = Mutex<[String]>([])
        let failure = try await Self.failure(proxy: .host("proxy.example.org", port: 1080)) {
            host, _ throws(ResolutionFailure) in
            asked.withLock { $0.append(host) }
            throw reason
        }
        #expect(asked.withLock { $0 } == ["proxy.example.org"])
        let name = "smtp.example.org:587: the name of the proxy proxy.example.org:1080"
        #expect(failure?.text == "\(name) \(words)")
    }
}
