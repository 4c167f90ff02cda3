// How long each step may take, RFC 5321 4.5.3.2: the time runs from a command to the end of its reply,
// so that a server which sends a byte now and then gains nothing.
internal import MailCore

/// The limits of each wait.
public struct Timeouts: Hashable, Sendable {
    /// To connect, all addresses of the host together. Not in the RFC; its peers wait half a minute or so.
    public var connect: Duration = .seconds(60)
    /// 4.5.3.2.1: the initial 220.
    public var greeting: Duration = .seconds(300)
    /// EHLO, STARTTLS and RSET: the RFC names no time, this is its shortest for a command.
    public var command: Duration = .seconds(300)
    public var tlsHandshake: Duration = .seconds(120)
    public var authentication: Duration = .seconds(120)
    /// 4.5.3.2.2.
    public var mail: Duration = .seconds(300)
    /// 4.5.3.2.3.
    public var recipient: Duration = .seconds(300)
    /// 4.5.3.2.4: the 354.
    public var data: Duration = .seconds(120)
    /// 4.5.3.2.5: each block of content.
    public var dataBlock: Duration = .seconds(180)
    /// 4.5.3.2.6: the reply after the final dot. A shorter one makes duplicates.
    public var endOfData: Duration = .seconds(600)
    /// NOOP or RSET on a pooled session: a relay that is there answers at once, and else a new session is
    /// the better answer.
    public var probe: Duration = .seconds(10)
    /// The farewell: nobody waits long for it.
    public var quit: Duration = .seconds(5)

    /// The RFC's values.
    public init() {}

    /// One limit for connecting and for each wait, as msmtp's `timeout` asks.
    public init(each limit: Duration) {
        connect = limit
        greeting = limit
        command = limit
        tlsHandshake = limit
        authentication = limit
        mail = limit
        recipient = limit
        data = limit
        dataBlock = limit
        endOfData = limit
        probe = min(probe, limit)
        quit = min(quit, limit)
    }

    /// The limit of the wait for the reply in that phase.
    func limit(_ phase: DeliveryFailure.Phase) -> Duration {
        switch phase {
        case .configuration, .resolve, .connect, .signing, .storage: connect
        case .greeting: greeting
        case .hello, .startTLS, .reset: command
        case .tlsHandshake: tlsHandshake
        case .authentication: authentication
        case .mail: mail
        case .recipient: recipient
        case .data: data
        case .content: dataBlock
        case .endOfData: endOfData
        }
    }
}
