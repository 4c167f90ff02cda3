// One TLS session over byte queues: ciphertext goes in by receive() and out by takeOutput(); sockets
// are the caller's. Every call is non-blocking. Throws TLSFailure, after which the session is over,
// but an alert for the peer may still wait in takeOutput().
internal import COpenSSL

/// A TLS session of either side. Belongs to one task.
public final class TLSSession {
    public enum Decrypted {
        case bytes([UInt8])
        /// More ciphertext is needed.
        case needsInput
        /// The peer sent close_notify: nothing follows.
        case closed
    }

    private enum State {
        // → open, failed, closed
        case handshaking
        // → failed, closed
        case open
        // By our close_notify.
        case closed
        case failed(TLSFailure)
    }

    let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let record: SessionRecord
    let isServer: Bool
    private var state = State.handshaking
    private var inputHasEnded = false
    /// The first bytes from the peer, to recognise one that does not speak TLS.
    private var opening: [UInt8] = []

    /// A client's session with a server that must prove this name or IP address (RFC 9525).
    public convenience init(context: TLSContext, serverName: String) throws(TLSFailure) {
        let identity = try ServerIdentity(serverName)
        let record = SessionRecord(
            settings: context.settings, tickets: context.tickets, identity: identity)
        try self.init(context.handle, record, isServer: false)
        SSL_set_connect_state(ssl)
        guard identity.configure(ssl, verifying: context.settings.verifiesName) else {
            throw TLSFailure(.internal, "TLS to \(identity.text): \(OpenSSLErrors.drain().summary)")
        }
        if let ticket = context.tickets.take(for: identity.text) { SSL_set_session(ssl, ticket.session) }
    }

    /// A server's session.
    public convenience init(server context: TLSServerContext) throws(TLSFailure) {
        try self.init(context.handle, SessionRecord(), isServer: true)
        SSL_set_accept_state(ssl)
    }

    private init(_ context: ContextHandle, _ record: SessionRecord, isServer: Bool) throws(TLSFailure) {
        OpenSSLErrors.clear()
        guard let ssl = SSL_new(context.pointer) else {
            throw TLSFailure(.internal, "no TLS session: \(OpenSSLErrors.drain().summary)")
        }
        guard let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw TLSFailure(.internal, "no TLS session: \(OpenSSLErrors.drain().summary)")
        }
        copenssl_set_empty_bio_retries(input)
        SSL_set_bio(ssl, input, output)
        record.attach(to: ssl)
        self.ssl = ssl
        self.input = input
        self.output = output
        self.record = record
        self.isServer = isServer
    }

    deinit { SSL_free(ssl) }
}

extension TLSSession {
    /// Goes on with the handshake. True once it is complete; else send `takeOutput()`, then feed
    /// `receive(_:)` and call again. Even a completed or failed one may leave output to send.
    public func handshake() throws(TLSFailure) -> Bool {
        switch state {
        case .open: return true
        case .closed: throw closedFailure
        case .failed(let failure): throw failure
        case .handshaking: break
        }
        OpenSSLErrors.clear()
        let result = SSL_do_handshake(ssl)
        if result == 1 {
            try checkKeyExchange()
            state = .open
            opening = []
            return true
        }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ where !inputHasEnded: return false
        case SSL_ERROR_WANT_READ: throw fail(truncation)
        case SSL_ERROR_ZERO_RETURN: throw fail(closedFailure)
        default: throw fail(diagnosis)
        }
    }

    /// Takes in what the peer sent.
    public func receive(_ ciphertext: [UInt8]) {
        guard !ciphertext.isEmpty, !inputHasEnded else { return }
        if case .handshaking = state, opening.count < Self.openingAtMost {
            opening += ciphertext.prefix(Self.openingAtMost - opening.count)
        }
        var written = 0
        BIO_write_ex(input, ciphertext, ciphertext.count, &written)
    }

    /// Takes note that the connection has ended: whoever then waits for more learns whether the peer
    /// had closed the session, or it was cut off.
    public func receiveEnd() { inputHasEnded = true }

    /// The ciphertext to send now; may be empty.
    public func takeOutput() -> [UInt8] { drain(output) }

    /// Up to `most` bytes of what the peer said.
    public func decrypt(upTo most: Int) throws(TLSFailure) -> Decrypted {
        guard try handshake() else { return .needsInput }
        var verdict = SSL_ERROR_NONE
        OpenSSLErrors.clear()
        // Plaintext is never longer than what waits, with the one record that SSL may hold in part.
        let waiting = BIO_ctrl_pending(input) + Int(SSL_pending(ssl)) + Int(SSL3_RT_MAX_PLAIN_LENGTH)
        let bytes = [UInt8](unsafeUninitializedCapacity: min(most, waiting)) { buffer, count in
            var read = 0
            while count < buffer.count, verdict == SSL_ERROR_NONE {
                let room = UnsafeMutableBufferPointer(rebasing: buffer[count...])
                let result = SSL_read_ex(ssl, room.baseAddress, room.count, &read)
                verdict = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result)
                if result == 1 { count += read }
            }
        }
        // A failure comes again at the next call, after what was read before it.
        guard bytes.isEmpty else {
            if isFailure(verdict) { _ = fail(diagnosis) }
            return .bytes(bytes)
        }
        switch verdict {
        case SSL_ERROR_ZERO_RETURN: return .closed
        case SSL_ERROR_NONE: return .needsInput
        case SSL_ERROR_WANT_READ where !inputHasEnded: return .needsInput
        case SSL_ERROR_WANT_READ: throw fail(truncation)
        default: throw fail(diagnosis)
        }
    }

    /// Encrypts all of it; then send `takeOutput()`.
    public func encrypt(_ plaintext: some Collection<UInt8>) throws(TLSFailure) {
        guard try handshake() else {
            throw TLSFailure(.internal, "nothing can be encrypted before the TLS handshake is complete")
        }
        let done: Bool? = plaintext.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
        if done ?? Array(plaintext).withUnsafeBytes({ write($0) }) { return }
        throw fail(diagnosis)
    }

    /// Queues close_notify; then send `takeOutput()`. What the peer still sends can no longer be read.
    public func close() {
        guard case .open = state else { return }
        OpenSSLErrors.clear()
        SSL_shutdown(ssl)
        OpenSSLErrors.clear()
        state = .closed
    }

    /// `TLSv1.3 TLS_AES_256_GCM_SHA384`.
    public var summary: String {
        "\(string(SSL_get_version(ssl))) \(string(SSL_CIPHER_get_name(SSL_get_current_cipher(ssl))))"
    }

    /// Whether an earlier session was resumed, which costs neither a signature nor a chain.
    public var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// False where OpenSSL failed. A memory BIO never blocks, so all is written at once, in records.
    private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return true }
        OpenSSLErrors.clear()
        var written = 0
        return SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &written) == 1
    }
}

extension TLSSession {
    private static var openingAtMost: Int { 80 }

    private var peer: String { isServer ? "the client" : "the server" }

    private func isFailure(_ verdict: Int32) -> Bool {
        verdict == SSL_ERROR_SSL || verdict == SSL_ERROR_SYSCALL
    }

    private func fail(_ failure: TLSFailure) -> TLSFailure {
        OpenSSLErrors.clear()
        state = .failed(failure)
        return failure
    }

    /// Nothing was sent under the keys of an exchange that is refused here.
    private func checkKeyExchange() throws(TLSFailure) {
        let bits = Int(copenssl_dh_bits(ssl))
        guard bits > 0, let least = record.settings?.minimumDHBits, bits < least else { return }
        throw fail(
            TLSFailure(
                .weakKeyExchange,
                "\(peer) uses a Diffie-Hellman prime of \(bits) bits where tls_min_dh_prime_bits asks for \(least); "
                    + "its operator should prefer ECDHE or a longer prime"))
    }

    private var closedFailure: TLSFailure { TLSFailure(.closed, "\(peer)'s TLS session is closed") }

    private var truncation: TLSFailure {
        guard case .open = state else {
            return TLSFailure(.truncated, "\(peer) ended the connection during the TLS handshake")
        }
        return TLSFailure(
            .truncated, "\(peer) ended the connection without closing the TLS session: data may be missing")
    }

    /// What the errors in the queue mean.
    private var diagnosis: TLSFailure {
        let errors = OpenSSLErrors.drain()
        if errors.contain(SSL_R_CERTIFICATE_VERIFY_FAILED), let failure = record.failure { return failure }
        if speaksPlainText { return notTLS }
        if let alert = errors.alert { return failure(for: alert) }
        let versions = [SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_WRONG_SSL_VERSION, SSL_R_VERSION_TOO_LOW]
        if versions.contains(where: { errors.contain($0) }) { return versionFailure }
        if errors.contain(SSL_R_DH_KEY_TOO_SMALL) {
            return TLSFailure(
                .weakKeyExchange,
                "\(peer) uses a Diffie-Hellman prime that is too short to be safe; its operator should prefer ECDHE "
                    + "or a longer prime")
        }
        return TLSFailure(.internal, "TLS with \(peer) failed: \(errors.summary)")
    }

    /// Whether what came first is no TLS record: its type would be 20 to 23 (RFC 8446 5.1).
    private var speaksPlainText: Bool { opening.first.map { !(20...23).contains($0) } ?? false }

    private var notTLS: TLSFailure {
        let line = printable(opening.prefix { $0 != 0x0D && $0 != 0x0A }, limit: 60)
        let remedy =
            isServer
            ? "it must start TLS at once on this port" : "set tls_starttls on, or use the port for TLS (465)"
        return TLSFailure(.notTLS, "\(peer) does not speak TLS here, it said \(line): \(remedy)")
    }

    private var versionFailure: TLSFailure {
        let wanted =
            copenssl_minimum_version(ssl) >= TLS1_3_VERSION
            ? "does not speak TLS 1.3, and tls_priorities allows no other version"
            : "speaks neither TLS 1.2 nor 1.3; older versions are not secure and not used"
        return TLSFailure(.protocolVersion, "\(peer) \(wanted)")
    }

    private func failure(for alert: (number: Int32, name: String)) -> TLSFailure {
        if alert.number == SSL_AD_PROTOCOL_VERSION { return versionFailure }
        let advice = record.settings.flatMap { AlertAdvice(settings: $0).text(for: alert.number) }
        return TLSFailure(
            .alert(alert.name),
            "\(peer) ended TLS with the alert \"\(alert.name)\"" + (advice.map { ": \($0)" } ?? ""))
    }
}

extension ServerIdentity {
    /// Sets the server_name extension and what the certificate must say.
    fileprivate func configure(_ ssl: OpaquePointer, verifying: Bool) -> Bool {
        switch self {
        case .name(let name):
            // Only subjectAltName counts, and '*' only as a whole label (RFC 9525 6.3).
            SSL_set_hostflags(
                ssl, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            return copenssl_set_sni(ssl, name) == 1 && (!verifying || SSL_set1_host(ssl, name) == 1)
        case .address(let address):
            // RFC 6066 3: an address is no server_name.
            return !verifying || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address) == 1
        }
    }
}
