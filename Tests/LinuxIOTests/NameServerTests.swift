// Questions over real sockets, to a name server that answers from a script.
import Glibc
import Testing

@testable import LinuxIO

/// Answers one datagram after the other, and what comes by TCP, until it has answered `count` of them.
final class ScriptedNameServer {
    typealias Script = @Sendable (_ query: [UInt8], _ isStream: Bool) -> [[UInt8]]

    let server: DNSServer
    private let thread: LinuxIO.Thread

    init(questions: Int, _ script: @escaping Script) throws {
        let (datagrams, listener, port) = try Self.sockets()
        server = try #require(DNSServer("127.0.0.1:\(port)"))
        thread = try LinuxIO.Thread(named: "nameserver") {
            for _ in 0..<questions { Self.answer(datagrams, listener, script) }
            close(datagrams)
            close(listener)
        }
    }

    func end() { thread.join() }

    /// One of each kind at the same port.
    private static func sockets() throws -> (datagrams: Int32, listener: Int32, port: UInt16) {
        for _ in 0..<100 {
            let listener = try bound(SOCK_STREAM, 0)
            listen(listener.number, 8)
            guard let datagrams = try? bound(SOCK_DGRAM, listener.port) else {
                close(listener.number)
                continue
            }
            return (datagrams.number, listener.number, listener.port)
        }
        throw SystemError("bind", number: EADDRINUSE)
    }

    private static func bound(_ type: __socket_type, _ port: UInt16) throws -> (number: Int32, port: UInt16) {
        let number = socket(AF_INET, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let result = TestAddressBytes.withLoopback(port) { bind(number, $0, $1) }
        guard result == 0 else {
            close(number)
            throw SystemError("bind", number: errno)
        }
        return (number, TestAddressBytes.port(of: number))
    }

    /// Whichever of the two is ready; a minute without any question ends the script.
    private static func answer(_ datagrams: Int32, _ listener: Int32, _ script: Script) {
        var pollers = [datagrams, listener].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&pollers, 2, 60_000) > 0 else { return }
        var query = [UInt8](repeating: 0, count: 2_000)
        if pollers[0].revents != 0 {
            var peer = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            withUnsafeMutablePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                    let count = recvfrom(datagrams, &query, query.count, 0, peer, &length)
                    for answer in script(Array(query.prefix(max(0, count))), false) {
                        sendto(datagrams, answer, answer.count, 0, peer, length)
                    }
                }
            }
        } else {
            let peer = accept(listener, nil, nil)
            let count = recv(peer, &query, query.count, 0)
            for answer in script(Array(query.prefix(max(0, count)).dropFirst(2)), true) {
                send(peer, answer, answer.count, Int32(MSG_NOSIGNAL))
            }
            close(peer)
        }
    }
}

enum TestAddressBytes {
    static func withLoopback<Value>(
        _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    static func port(of number: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}

@Suite struct NameServerTests {
    /// Where the question for a.test ends.
    static let questionEnd = 12 + "?a?test?".count + 4

    static func failure(_ kind: TextRecordFailure.Kind, _ server: DNSServer) -> TextRecordAnswer {
        .failure(TextRecordFailure(kind, name: "a.test", server: server.description))
    }

    /// An answer to the question: its identifier, name and type, with one record; without OPT.
    static func answer(
        _ query: [UInt8], flags: UInt16 = 0x8580, text: [UInt8] = Array("text".utf8)
    ) -> [UInt8] {
        let record = DNSMessageTests.record(type: 16, [UInt8(text.count)] + text)
        var bytes = Array(query.prefix(questionEnd))
        bytes.replaceSubrange(2..<12, with: [UInt8(flags >> 8), UInt8(flags & 0xFF), 0, 1, 0, 1, 0, 0, 0, 0])
        return bytes + record
    }

    static func look(
        _ servers: [DNSServer], patience: Duration = .seconds(30), rounds: Int = 1,
        limit: Duration = .seconds(60)
    ) throws -> TextRecordAnswer {
        let exchange = DNSExchange(servers: servers, patience: patience, rounds: rounds, limit: limit)
        return TextRecordSearch(ask: exchange.ask).answer(for: try #require(DNSName("a.test")))
    }

    static let found = TextRecordAnswer.found([[Array("text".utf8)]])

    static func look(
        questions: Int = 1, _ script: @escaping ScriptedNameServer.Script
    ) throws -> TextRecordAnswer {
        let server = try ScriptedNameServer(questions: questions, script)
        defer { server.end() }
        return try look([server.server])
    }

    @Test func overUDP() throws {
        #expect(try Self.look { query, _ in [Self.answer(query)] } == Self.found)
    }

    @Test func overTCPWhereItIsLong() throws {
        let long = [UInt8](repeating: 0x61, count: 255)
        let answer = try Self.look(questions: 2) { query, isStream in
            guard isStream else { return [Array(Self.answer(query, flags: 0x8780).prefix(Self.questionEnd))] }
            let bytes = Self.answer(query, text: long)
            // In two pieces: a stream keeps no borders.
            return [[UInt8(bytes.count >> 8)], [UInt8(bytes.count & 0xFF)] + bytes]
        }
        #expect(answer == .found([[long]]))
    }

    @Test(arguments: [[], [0], [0, 200, 1, 2, 3], [0, 2, 1, 2]] as [[UInt8]])
    func brokenOffOverTCP(_ bytes: [UInt8]) throws {
        let server = try ScriptedNameServer(questions: 2) { query, isStream in
            isStream ? [bytes] : [Self.answer(query, flags: 0x8780)]
        }
        defer { server.end() }
        #expect(try Self.look([server.server]) == Self.failure(.unreadable, server.server))
    }

    @Test func forgedAnswersArePassedOver() throws {
        let answer = try Self.look { query, _ in
            var forged = Self.answer(query, text: Array("evil".utf8))
            forged[0] ^= 0xFF
            return [[], [1, 2, 3], forged, query, Self.answer(query)]
        }
        #expect(answer == Self.found)
    }

    @Test func withoutOPTForServersThatDoNotKnowIt() throws {
        let answer = try Self.look(questions: 2) { query, _ in
            query[11] == 1
                ? [Array(Self.answer(query, flags: 0x8181).prefix(4)) + [UInt8](repeating: 0, count: 8)]
                : [Self.answer(query)]
        }
        #expect(answer == Self.found)
    }

    @Test(
        arguments: [
            (0x8182, .serverFailure), (0x8185, .refused), (0x8189, .code(9)),
        ] as [(UInt16, TextRecordFailure.Kind)])
    func errorCodes(_ flags: UInt16, _ kind: TextRecordFailure.Kind) throws {
        // One that fails is asked whether it knows an alias, lest it be a loop.
        let server = try ScriptedNameServer(questions: kind == .serverFailure ? 2 : 1) { query, _ in
            [Self.answer(query, flags: flags)]
        }
        defer { server.end() }
        #expect(try Self.look([server.server], rounds: 3) == Self.failure(kind, server.server))
    }

    @Test func nextServerWhereOneFails() throws {
        let nobody = try #require(DNSServer("127.0.0.1:1"))
        let failing = try ScriptedNameServer(questions: 1) { query, _ in [Self.answer(query, flags: 0x8182)] }
        let good = try ScriptedNameServer(questions: 1) { query, _ in [Self.answer(query)] }
        defer { good.end() }
        #expect(try Self.look([nobody, failing.server, good.server]) == Self.found)
        failing.end()
    }

    /// An error says more than silence, wherever it stands.
    @Test func errorsBeforeSilence() throws {
        let nobody = try #require(DNSServer("127.0.0.1:1"))
        let refusing = try ScriptedNameServer(questions: 1) { query, _ in [Self.answer(query, flags: 0x8185)]
        }
        defer { refusing.end() }
        #expect(try Self.look([nobody, refusing.server, nobody]) == Self.failure(.refused, refusing.server))
    }

    @Test func nobodyThere() throws {
        let server = try #require(DNSServer("127.0.0.1:1"))
        #expect(try Self.look([server], rounds: 2) == Self.failure(.noAnswer, server))
    }

    /// A server that gets the question and says nothing, or nothing to the point.
    @Test func silence() throws {
        let server = try ScriptedNameServer(questions: 1) { query, _ in [[1, 2, 3], query] }
        defer { server.end() }
        #expect(
            try Self.look([server.server], patience: .milliseconds(50))
                == Self.failure(.noAnswer, server.server))
    }
}
