// TLS 1.2, which many relays still speak: its ciphers, resumption and end of stream are others.
internal import COpenSSL
import Testing

@testable import TLS

@Suite struct TLS12 {
    let client: TLSContext
    let server: TLSServerContext
    let authority: Authority

    init() throws {
        authority = try Authority()
        client = try TLSContext(authority.settings)
        server = try authority.issue("x", names: "DNS:mail.example.org").server()
        SSL_CTX_ctrl(server.handle.pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    }

    @Test func resumption() throws {
        for round in 0..<3 {
            let link = try Link(client, server)
            try link.handshake()
            #expect(link.client.summary.hasPrefix("TLSv1.2 ECDHE-ECDSA-"))
            #expect(link.client.isResumed == (round > 0))
            try link.client.encrypt("QUIT\r\n".utf8)
            link.client.close()
            link.pass(link.client, link.server)
            #expect(try readAll(link.server) == Array("QUIT\r\n".utf8))
        }
    }

    /// RFC 5929 3.1: the first Finished message, which in a resumed session is the server's.
    @Test func binding() throws {
        var seen: [TLSSession.BindingData] = []
        for round in 0..<3 {
            let link = try Link(client, server)
            try link.handshake()
            #expect(link.client.isResumed == (round > 0))
            link.client.close()
            link.pass(link.client, link.server)
            let data = try #require(link.client.bindingData)
            #expect(link.server.bindingData == data)
            #expect(!seen.contains(data))
            guard case .unique(let bytes) = data else {
                Issue.record("\(data)")
                continue
            }
            #expect(bytes.count == 12)
            seen.append(data)
        }
    }

    @Test func noBindingWithoutAnExtendedMasterSecret() throws {
        // SSL_OP_NO_EXTENDED_MASTER_SECRET, a macro that Swift cannot read.
        SSL_CTX_set_options(server.handle.pointer, 1)
        let link = try Link(client, server)
        try link.handshake()
        #expect(link.client.bindingData == nil)
        #expect(link.server.bindingData == nil)
    }

    @Test(arguments: ["AES128-SHA", "AES128-GCM-SHA256"]) func noForwardSecrecyNoSession(
        cipher: String
    ) throws {
        #expect(SSL_CTX_set_cipher_list(server.handle.pointer, cipher) == 1)
        let link = try Link(client, server)
        #expect(failure { try link.handshake() }?.kind == .alert("handshake failure"))
    }

    @Test func truncation() throws {
        let link = try Link(client, server)
        try link.handshake()
        link.client.receiveEnd()
        #expect(failure { _ = try link.client.decrypt(upTo: 10) }?.kind == .truncated)
    }

    @Test func trustIsNotInherited() throws {
        let link = try Link(client, server)
        try link.handshake()
        let stranger = try Authority("Other")
        let other = try withExtendedLifetime(stranger) { try TLSContext(stranger.settings) }
        #expect(failure { try Link(other, server).handshake() }?.kind == .certificate(.unknownIssuer))
    }

    @Test func ticketsAreBounded() throws {
        let store = TicketStore()
        for index in 0..<TicketStore.namesAtMost * 2 {
            for _ in 0..<TicketStore.ticketsAtMost * 2 {
                store.add(Ticket(owning: try #require(SSL_SESSION_new())), for: "\(index)")
            }
        }
        #expect(store.count <= TicketStore.namesAtMost * TicketStore.ticketsAtMost)
    }
}
