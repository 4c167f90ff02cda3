// How much of a relay an account uses: connections, messages over each, and messages in a time.

/// The limits of one account.
public struct AccountLimits: Hashable, Sendable {
    /// At a time, to each of the account's hosts; nil: the daemon's `max_connections`.
    public internal(set) var connections: Int?
    /// Then a connection is closed and another takes its place.
    public internal(set) var messagesPerConnection = 100
    /// How long a connection is kept for the next message.
    public internal(set) var idleTime: Duration = .seconds(30)
    public internal(set) var rate: RateLimit?
}

/// `rate_limit`: so many messages in any such period, however they are spread in it.
public struct RateLimit: Hashable, Sendable, CustomStringConvertible {
    public enum Unit: String, Sendable {
        case second = "s"
        case minute = "m"
        case hour = "h"
        case day = "d"
    }

    public let messages: Int
    public let unit: Unit

    /// Each message of the period is remembered, so there is an end to their number.
    static let most = 100_000

    public init(messages: Int, unit: Unit) {
        self.messages = messages
        self.unit = unit
    }

    public var period: Duration {
        switch unit {
        case .second: .seconds(1)
        case .minute: .seconds(60)
        case .hour: .seconds(3600)
        case .day: .seconds(86_400)
        }
    }

    /// As it is written: `30/m`.
    public var description: String { "\(messages)/\(unit.rawValue)" }
}

extension AccountLimits {
    init(_ settings: Settings<AccountKey>) {
        connections = settings.number(.maxConnections)
        messagesPerConnection = settings.number(.maxMessagesPerConnection) ?? messagesPerConnection
        // `off`: closed as soon as nobody waits for it.
        let isKept = settings.flag(.connectionIdleTime) != false
        idleTime = isKept ? settings.duration(.connectionIdleTime) ?? idleTime : .zero
        rate = settings.rate(.rateLimit)
    }
}
