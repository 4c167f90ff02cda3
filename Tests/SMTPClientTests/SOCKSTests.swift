// The words with a SOCKS5 proxy, and a relay reached through one.
import Glibc
import LinuxIO
import MailCore
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct SOCKSTests {
    private static let accepted: [UInt8] = [5, 0, 0, 1]

    @Test(arguments: [
        ("smtp.example.org", [3, 16] + Array("smtp.example.org".utf8)), ("192.0.2.1", [1, 192, 0, 2, 1]),
        ("2001:db8::1", [4, 0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ])
    func asksForTheHost(host: String, address: [UInt8]) {
        var request = SOCKSRequest(host: host, port: 587)
        #expect(request.start() == .exchange([5, 1, 0], read: 2))
        #expect(request.receive([5, 0]) == .exchange([5, 1, 0] + address + [2, 75], read: 4))
        #expect(request.receive(Self.accepted) == .exchange([], read: 6))
        #expect(request.receive([0, 0, 0, 0, 0, 0]) == .connected)
    }

    @Test func takesANameInTheAnswer() {
        var request = SOCKSRequest(host: "a", port: 25)
        _ = request.receive([5, 0])
        #expect(request.receive([5, 0, 0, 3]) == .exchange([], read: 1))
        #expect(request.receive([7]) == .exchange([], read: 9))
        #expect(request.receive(Array(repeating: 0, count: 9)) == .connected)
    }

    @Test(
        arguments: [
            ([[72, 84]], "does not speak SOCKS5"), ([[4, 0]], "does not speak SOCKS5"),
            ([[5, 255]], "wants a login"),
            ([[5, 0], [5, 2, 0, 1]], "does not allow this connection"),
            ([[5, 0], [5, 4, 0, 1]], "does not find its name"),
            ([[5, 0], [5, 5, 0, 1]], "nothing listens there"), ([[5, 0], [5, 99, 0, 1]], "code 99"),
            ([[5, 0], [4, 0, 0, 1]], "does not speak SOCKS5"),
            ([[5, 0], [5, 0, 0, 9]], "does not speak SOCKS5"),
        ] as [([[UInt8]], String)])
    func refusals(answers: [[UInt8]], words: String) {
        var request = SOCKSRequest(host: "smtp.example.org", port: 25)
        var last = request.start()
        for answer in answers { last = request.receive(answer) }
        guard case .refused(let text) = last else {
            Issue.record("not refused: \(last)")
            return
        }
        #expect(text.contains(words))
    }

    @Test func aNameTooLongForTheProtocol() {
        var request = SOCKSRequest(host: String(repeating: "a", count: 256), port: 25)
        #expect(request.receive([5, 0]) == .refused("cannot be told a host name of this length"))
    }

    /// Plays a proxy whose last answer comes in one packet with the relay's greeting.
    @Test func theGreetingBehindTheAnswerIsNotLost() async throws {
        let capabilities = try await onLoop { loop in
            let (number, port) = ScriptedServer.listenOnLoopback()
            let listener = try Listener(inherited: number, on: loop)
            let proxy = loop.spawn { await Self.playProxy(listener) }
            let workers = try WorkerPool(threads: 1, named: "work")
            let connector = RelayConnector(on: loop, workers: workers)
            var route = Route(to: .host("smtp.invalid", port: 587), helloName: "client.example.org")
            route.proxy = .host("127.0.0.1", port: port)
            let session = try await connector.open(route)
            session.abandon()
            #expect(await proxy.value == [5, 1, 0, 3, 12] + Array("smtp.invalid".utf8) + [2, 75])
            workers.shutDown()
            listener.close()
            return session.capabilities
        }
        #expect(capabilities.hasPipelining)
    }

    private static func playProxy(_ listener: Listener) async -> [UInt8] {
        let end = Deadline.after(.seconds(20))
        guard let socket = try? await listener.accept(),
            (try? await socket.read(until: end)) == [5, 1, 0]
        else { return [] }
        try? await socket.write([5, 0], until: end)
        let request = (try? await socket.read(until: end)) ?? []
        try? await socket.write(accepted + [0, 0, 0, 0, 0, 0] + Array("220 relay\r\n".utf8), until: end)
        _ = try? await socket.read(until: end)
        try? await socket.write(Array("250-relay\r\n250 PIPELINING\r\n".utf8), until: end)
        return request
    }

    @Test func aProxyThatIsNotThereIsNamed() async throws {
        let (number, port) = ScriptedServer.listenOnLoopback()
        close(number)
        let failure = try await onLoop { loop in
            let workers = try WorkerPool(threads: 1, named: "work")
            defer { workers.shutDown() }
            var route = Route(to: .host("smtp.example.org", port: 587), helloName: "client.example.org")
            route.proxy = .host("127.0.0.1", port: port)
            do throws(DeliveryFailure) {
                _ = try await RelayConnector(on: loop, workers: workers).open(route)
                return DeliveryFailure?.none
            } catch {
                return error
            }
        }
        #expect(failure?.phase == .connect)
        #expect(
            failure?.text
                == "smtp.example.org:587: the proxy 127.0.0.1:\(port) cannot be reached: Connection refused; "
                + "check proxy_host and proxy_port")
    }
}
