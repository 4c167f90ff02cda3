// Questions to name servers and their answers: by UDP, and by TCP what is too long for it (RFC 7766). Servers
// are asked one after the other, and those that keep silent once more, as resolv.conf(5) says.
internal import CLinux

struct DNSExchange {
    private typealias Kind = TextRecordFailure.Kind

    private let servers: [DNSServer]
    private let patience: Duration
    private let rounds: Int
    private let end: Deadline

    /// `patience`: for each server, each time; `limit`: for all questions together.
    init(
        servers: [DNSServer], patience: Duration = .seconds(5), rounds: Int = 2,
        limit: Duration = .seconds(20)
    ) {
        self.servers = servers
        self.patience = patience
        self.rounds = rounds
        end = .after(limit)
    }

    /// The first usable answer. Where there is none, a server's error says more than another one's silence.
    func ask(
        _ name: DNSName, _ type: DNSMessage.RecordType
    ) -> Result<DNSMessage, TextRecordFailure> {
        var failure: TextRecordFailure?
        var silent = servers
        for _ in 0..<rounds where !end.hasPassed {
            for server in silent where !end.hasPassed {
                do throws(TextRecordFailure.Kind) {
                    return .success(try ask(server, name, type))
                } catch {
                    if error != .noAnswer { silent.removeAll { $0 == server } }
                    guard failure == nil || failure?.kind == .noAnswer else { continue }
                    failure = TextRecordFailure(error, name: name.description, server: server.description)
                }
            }
        }
        let server = servers.first?.description ?? "of this system"
        return .failure(
            failure ?? TextRecordFailure(.noAnswer, name: name.description, server: server))
    }

    private func ask(
        _ server: DNSServer, _ name: DNSName, _ type: DNSMessage.RecordType
    ) throws(Kind) -> DNSMessage {
        var message = try exchange(server, name, type, saysSize: true)
        if message.code == .formatError || message.code == .notImplemented {
            message = try exchange(server, name, type, saysSize: false)
        }
        if message.isReferral { throw .referral }
        switch message.code {
        case .none, .noSuchName: return message
        case .serverFailure: throw .serverFailure
        case .refused: throw .refused
        case .formatError: throw .code(1)
        case .notImplemented: throw .code(4)
        case .other(let code): throw .code(code)
        }
    }

    private func exchange(
        _ server: DNSServer, _ name: DNSName, _ type: DNSMessage.RecordType, saysSize: Bool
    ) throws(Kind) -> DNSMessage {
        let identifier = UInt16.random(in: 0 ... .max)
        let query = DNSQuery(name, type, identifier: identifier, saysSize: saysSize)
        let deadline = min(end, .after(patience))
        let datagram = try DNSSocket(to: server, .datagram, until: deadline)
        try datagram.send(query.bytes)
        // A connected socket takes what comes from the server only; the identifier shows the rest.
        while true {
            guard let message = try DNSMessage(datagram.receive(), to: query) else { continue }
            return message.isTruncated ? try overStream(server, query, deadline) : message
        }
    }

    private func overStream(
        _ server: DNSServer, _ query: DNSQuery, _ deadline: Deadline
    ) throws(Kind) -> DNSMessage {
        let stream = try DNSSocket(to: server, .stream, until: deadline)
        let length = query.bytes.count
        try stream.send([UInt8(length >> 8), UInt8(length & 0xFF)] + query.bytes)
        var head = DNSReader(try stream.receive(exactly: 2), at: 0)
        let bytes = try stream.receive(exactly: Int(try head.number()))
        guard let message = try DNSMessage(bytes, to: query), !message.isTruncated else { throw .unreadable }
        return message
    }
}
