// What a session has in common with its peer and with nobody else, for mechanisms of SASL that bind to it.
internal import COpenSSL

extension TLSSession {
    /// Channel binding data of one kind.
    public enum BindingData: Equatable, Sendable {
        /// tls-exporter, RFC 9266.
        case exporter([UInt8])
        /// tls-unique, RFC 5929 3.
        case unique([UInt8])
    }

    /// The data of an open session: tls-exporter under TLS 1.3, tls-unique under 1.2. Nil before the handshake
    /// is complete, and where 1.2 lacks the extended master secret without which an attacker can make two
    /// sessions with the same data (RFC 7627 1).
    public var bindingData: BindingData? {
        guard SSL_is_init_finished(ssl) == 1 else { return nil }
        switch SSL_version(ssl) {
        case TLS1_3_VERSION: return exporterData.map { .exporter($0) }
        case TLS1_2_VERSION: return hasExtendedMasterSecret ? finishedData.map { .unique($0) } : nil
        default: return nil
        }
    }

    /// RFC 9266 2: this label, an empty context, 32 bytes.
    private var exporterData: [UInt8]? {
        let label = "EXPORTER-Channel-Binding"
        var data = [UInt8](repeating: 0, count: 32)
        let result = SSL_export_keying_material(ssl, &data, data.count, label, label.utf8.count, nil, 0, 1)
        OpenSSLErrors.clear()
        return result == 1 ? data : nil
    }

    /// The first Finished message of the handshake: the client's, unless the session was resumed.
    private var finishedData: [UInt8]? {
        var data = [UInt8](repeating: 0, count: 64)
        let isOwn = isServer == isResumed
        let count =
            isOwn ? SSL_get_finished(ssl, &data, data.count) : SSL_get_peer_finished(ssl, &data, data.count)
        return count > 0 && count <= data.count ? Array(data.prefix(count)) : nil
    }

    private var hasExtendedMasterSecret: Bool {
        SSL_ctrl(ssl, SSL_CTRL_GET_EXTMS_SUPPORT, 0, nil) == 1
    }
}
