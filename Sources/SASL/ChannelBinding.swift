// What ties an exchange to the TLS session that it runs in, so that nobody in between can pass it on.

/// Channel binding data of one TLS session (RFC 5056).
public enum ChannelBinding: Hashable, Sendable {
    /// tls-exporter, RFC 9266: TLS 1.3.
    case exporter([UInt8])
    /// tls-unique, RFC 5929 3: TLS 1.2 with an extended master secret (RFC 7627).
    case unique([UInt8])

    var data: [UInt8] {
        switch self {
        case .exporter(let data), .unique(let data): data
        }
    }
}
