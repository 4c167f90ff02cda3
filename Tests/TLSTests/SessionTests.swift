// The session itself: bytes in any pieces, peers that do not speak TLS or an old one, ends of all kinds,
// resumption.
import TLS
import Testing

@Suite struct Sessions {
    let authority: Authority
    let client: TLSContext
    let server: TLSServerContext

    init() throws {
        authority = try Authority()
        client = try TLSContext(authority.settings)
        server = try authority.issue("x", names: "DNS:mail.example.org,DNS:b.example").server()
    }

    private func connected(piece: Int = .max, name: String = "mail.example.org") throws -> Link {
        var link = try Link(client, server, name: name)
        link.piece = piece
        try link.handshake()
        return link
    }

    private func unconnected() throws -> TLSSession {
        try TLSSession(context: client, serverName: "mail.example.org")
    }

    @Test(arguments: [1, 2, 5, 7, 1024]) func pieces(size: Int) throws {
        let link = try connected(piece: size)
        try link.client.encrypt(Array("MAIL FROM:<a@example.org>\r\n".utf8))
        link.pass(link.client, link.server)
        #expect(try readAll(link.server, upTo: 3) == Array("MAIL FROM:<a@example.org>\r\n".utf8))
        try link.server.encrypt("250 2.1.0 Ok\r\n".utf8)
        link.pass(link.server, link.client)
        #expect(try readAll(link.client) == Array("250 2.1.0 Ok\r\n".utf8))
    }

    @Test func tenMegabytesInOddPieces() throws {
        let message = (0..<10 << 20).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let link = try connected(piece: 4093)
        var received: [UInt8] = []
        received.reserveCapacity(message.count)
        var rest = message[...]
        var size = 1
        while !rest.isEmpty {
            try link.client.encrypt(rest.prefix(size))
            rest = rest.dropFirst(size)
            size = size * 3 % 200_003
            link.pass(link.client, link.server)
            received += try readAll(link.server, upTo: 70_001)
        }
        #expect(received == message)
    }

    @Test func encryptTakesAnyCollection() throws {
        let link = try connected()
        try link.client.encrypt([])
        #expect(link.client.takeOutput().isEmpty)
        try link.client.encrypt(repeatElement(7, count: 3))
        link.pass(link.client, link.server)
        #expect(try readAll(link.server) == [7, 7, 7])
    }

    @Test func nothingIsEncryptedBeforeTheHandshake() throws {
        let session = try unconnected()
        #expect(failure { try session.encrypt("secret".utf8) }?.kind == .internal)
    }

    @Test func closeIsHeardAfterTheData() throws {
        let link = try connected()
        try link.server.encrypt("221 Bye\r\n".utf8)
        link.server.close()
        link.pass(link.server, link.client)
        link.client.receiveEnd()
        #expect(try readAll(link.client) == Array("221 Bye\r\n".utf8))
        guard case .closed = try link.client.decrypt(upTo: 10) else {
            Issue.record("not closed")
            return
        }
        #expect(failure { try link.server.encrypt("more".utf8) }?.kind == .closed)
    }

    @Test func truncationIsNoClose() throws {
        let link = try connected()
        try link.server.encrypt("250 Ok\r\n".utf8)
        let bytes = link.server.takeOutput()
        link.client.receive(Array(bytes.dropLast()))
        link.client.receiveEnd()
        #expect(failure { _ = try link.client.decrypt(upTo: 10) }?.kind == .truncated)
        #expect(failure { _ = try link.client.decrypt(upTo: 10) }?.kind == .truncated)
    }

    @Test func dataBeforeATruncationIsRead() throws {
        let link = try connected()
        try link.server.encrypt("250 Ok\r\n".utf8)
        link.pass(link.server, link.client)
        link.client.receiveEnd()
        guard case .bytes(let bytes) = try link.client.decrypt(upTo: 100) else {
            Issue.record("nothing was read")
            return
        }
        #expect(bytes == Array("250 Ok\r\n".utf8))
        #expect(failure { _ = try link.client.decrypt(upTo: 10) }?.kind == .truncated)
    }

    @Test func endDuringTheHandshake() throws {
        let session = try unconnected()
        #expect(try !session.handshake())
        session.receiveEnd()
        let failure = failure { _ = try session.handshake() }
        #expect(failure?.kind == .truncated)
        #expect(failure?.description.contains("handshake") == true)
    }

    @Test func tamperedData() throws {
        let link = try connected()
        try link.server.encrypt("250 Ok\r\n".utf8)
        var bytes = link.server.takeOutput()
        bytes[bytes.count - 1] ^= 1
        link.client.receive(bytes)
        #expect(failure { _ = try link.client.decrypt(upTo: 10) }?.kind == .internal)
        #expect(!link.client.takeOutput().isEmpty, "the alert for the peer")
    }

    @Test(arguments: ["220 mail.example.org ESMTP\r\n", "HTTP/1.1 400 Bad Request\r\n", "\r\n\r\n\r\n\r\n"])
    func plainTextServer(greeting: String) throws {
        let session = try unconnected()
        #expect(try !session.handshake())
        session.receive(Array(greeting.utf8))
        let failure = try #require(failure { _ = try session.handshake() })
        #expect(failure.kind == .notTLS)
        #expect(failure.description.contains("tls_starttls"))
        #expect(failure.description.contains("\"\(greeting.prefix { !$0.isNewline })\""))
    }

    @Test(arguments: ["EHLO client.example\r\n", "GET / HTTP/1.1\r\n\r\n"])
    func plainTextClient(line: String) throws {
        let session = try TLSSession(server: server)
        session.receive(Array(line.utf8))
        #expect(failure { _ = try session.handshake() }?.kind == .notTLS)
    }

    /// A ServerHello of TLS 1.1, and the alert of a server that will not speak TLS 1.2.
    @Test(arguments: [
        [0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2] + [UInt8](repeating: 7, count: 32) + [0, 0xC0, 0x13, 0],
        [0x15, 3, 2, 0, 2, 2, 70],
    ])
    func olderServer(reply: [UInt8]) throws {
        let session = try unconnected()
        #expect(try !session.handshake())
        session.receive(reply)
        let failure = failure { _ = try session.handshake() }
        #expect(failure?.kind == .protocolVersion)
        #expect(failure?.description.contains("TLS 1.2") == true)
    }

    @Test func alertIsNamed() throws {
        let session = try unconnected()
        #expect(try !session.handshake())
        session.receive([0x15, 3, 3, 0, 2, 2, 40])
        #expect(failure { _ = try session.handshake() }?.kind == .alert("handshake failure"))
    }

    @Test func garbageNeverTraps() throws {
        for seed in 0..<500 {
            let session = try unconnected()
            #expect(try !session.handshake())
            let kind = UInt8(20 + seed % 4)
            let body = (0..<64).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 2_654_435_761 >> 7) }
            session.receive([kind, 3, 3, 0, 64] + body)
            session.receiveEnd()
            #expect(failure { _ = try session.handshake() } != nil)
        }
    }

    @Test func oneSessionsErrorsAreNotAnothers() throws {
        let link = try connected()
        let broken = try unconnected()
        #expect(try !broken.handshake())
        broken.receive(Array("220 plain\r\n".utf8))
        #expect(failure { _ = try broken.handshake() }?.kind == .notTLS)
        #expect(throws: Never.self) {
            guard case .needsInput = try link.client.decrypt(upTo: 10) else {
                Issue.record("bytes from nowhere")
                return
            }
        }
    }

    @Test func resumption() throws {
        func session(_ name: String) throws -> Bool {
            let link = try connected(name: name)
            try link.server.encrypt("220\r\n".utf8)
            link.pass(link.server, link.client)
            #expect(try readAll(link.client) == Array("220\r\n".utf8))
            link.client.close()
            return link.client.isResumed
        }
        #expect(try !session("mail.example.org"))
        #expect(try session("mail.example.org"))
        #expect(try session("mail.example.org"))
        #expect(try !session("b.example"), "a ticket is for one name")
    }

    @Test func noTicketFromARefusedServer() throws {
        for _ in 0..<2 {
            let link = try Link(client, server, name: "wrong.example")
            guard case .certificate(.wrongName) = failure({ try link.handshake() })?.kind else {
                Issue.record("a wrong name was taken")
                return
            }
        }
    }
}

@Suite struct Bindings {
    /// RFC 9266: both ends have the same data, other sessions have other data, a resumed one too.
    @Test func exporter() throws {
        let authority = try Authority()
        let client = try TLSContext(authority.settings)
        let server = try authority.issue("x", names: "DNS:mail.example.org").server()
        var seen: [TLSSession.BindingData] = []
        for _ in 0..<3 {
            let link = try Link(client, server)
            #expect(link.client.bindingData == nil)
            try link.handshake()
            let data = try #require(link.client.bindingData)
            #expect(link.server.bindingData == data)
            #expect(!seen.contains(data))
            guard case .exporter(let bytes) = data else {
                Issue.record("\(data)")
                continue
            }
            #expect(bytes.count == 32)
            seen.append(data)
        }
    }
}
