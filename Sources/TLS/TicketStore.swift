// The tickets with which a client resumes sessions, for each server name of one context. A ticket
// stands for a certificate that was verified for that name under that context's settings.
internal import COpenSSL
internal import Synchronization

/// A bounded store of tickets, shared by the sessions of a context.
final class TicketStore: Sendable {
    static let namesAtMost = 256
    static let ticketsAtMost = 4

    private let tickets = Mutex<[String: [Ticket]]>([:])

    var count: Int { tickets.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    /// Keeps a ticket, the newest first.
    func add(_ ticket: Ticket, for name: String) {
        tickets.withLock { tickets in
            if tickets[name] == nil, tickets.count >= Self.namesAtMost { tickets.removeAll() }
            tickets[name] = [ticket] + (tickets[name] ?? []).prefix(Self.ticketsAtMost - 1)
        }
    }

    /// The newest ticket that still can be used.
    func take(for name: String) -> Ticket? {
        tickets.withLock { tickets in
            guard let known = tickets[name] else { return nil }
            let usable = known.filter(\.isResumable)
            // Not to be used twice from TLS 1.3 on, lest sessions can be linked (RFC 8446 C.4).
            tickets[name] = usable.first.map { Array(usable.dropFirst($0.isForOneUse ? 1 : 0)) }
            return usable.first
        }
    }
}

/// A session that may be resumed. Owns its SSL_SESSION, which is counted atomically and not changed.
final class Ticket: @unchecked Sendable {
    let session: OpaquePointer

    init(owning session: OpaquePointer) { self.session = session }

    deinit { SSL_SESSION_free(session) }

    var isResumable: Bool { SSL_SESSION_is_resumable(session) == 1 }
    var isForOneUse: Bool { SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION }
}

/// OpenSSL's callback for each new ticket: 1 where it was kept.
func keepTicket(_ ssl: OpaquePointer?, _ session: OpaquePointer?) -> Int32 {
    guard let session, let record = SessionRecord.of(ssl), let tickets = record.tickets,
        let identity = record.identity
    else { return 0 }
    tickets.add(Ticket(owning: session), for: identity.text)
    return 1
}
