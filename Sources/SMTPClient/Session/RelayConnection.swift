// The bytes of a connection, in plain text or through TLS. Throws ConnectionLoss; the end of the input
// is a loss too, since a dialogue always waits for something.
internal import LinuxIO
internal import TLS

/// How a connection ended.
enum ConnectionLoss: Error, Equatable {
    case timedOut
    /// The peer closed it.
    case ended
    /// The system's reason.
    case broken(String)
    case tls(TLSFailure)

    init(_ failure: IOFailure) {
        switch failure {
        case .timedOut: self = .timedOut
        case .closed: self = .ended
        case .system(let error): self = .broken(error.reason)
        }
    }
}

/// A connected socket with or without TLS. Touched on the loop's thread only.
final class RelayConnection {
    private let socket: StreamSocket
    private var tls: TLSSession?

    init(_ socket: StreamSocket) { self.socket = socket }

    /// `TLSv1.3 TLS_AES_256_GCM_SHA384`; nil without TLS.
    var tlsSummary: String? { tls?.summary }

    /// What SASL's mechanisms can be bound to; nil without TLS.
    var bindingData: TLSSession.BindingData? { tls?.bindingData }

    /// Some bytes, at least one.
    func read(until deadline: Deadline) async throws(ConnectionLoss) -> [UInt8] {
        while true {
            if let bytes = try await decrypted(until: deadline) { return bytes }
            let input = try await io { () throws(IOFailure) in try await self.socket.read(until: deadline) }
            guard let tls else {
                if input.isEmpty { throw .ended }
                return input
            }
            // Without close_notify the end is no less the end: a reply is whole or it is none.
            if input.isEmpty { throw .ended }
            tls.receive(input)
        }
    }

    /// What TLS has ready; nil where it needs more of the socket's bytes, or there is no TLS.
    private func decrypted(until deadline: Deadline) async throws(ConnectionLoss) -> [UInt8]? {
        guard let tls else { return nil }
        let result = try secure { () throws(TLSFailure) in try tls.decrypt(upTo: 65_536) }
        try await flush(tls, until: deadline)  // a key update's answer, say
        switch result {
        case .bytes(let bytes): return bytes
        case .needsInput: return nil
        case .closed: throw .ended
        }
    }

    func write(_ bytes: some Collection<UInt8>, until deadline: Deadline) async throws(ConnectionLoss) {
        guard let tls else {
            return try await io { () throws(IOFailure) in
                try await self.socket.write(bytes, until: deadline)
            }
        }
        try secure { () throws(TLSFailure) in try tls.encrypt(bytes) }
        try await flush(tls, until: deadline)
    }

    /// Makes the TLS handshake; the certificate's name is checked in it.
    func startTLS(
        _ context: TLSContext, name: String, until deadline: Deadline
    ) async throws(ConnectionLoss) {
        let session = try secure { () throws(TLSFailure) in
            try TLSSession(context: context, serverName: name)
        }
        while true {
            let isComplete: Bool
            do throws(TLSFailure) {
                isComplete = try session.handshake()
            } catch {
                // The alert that tells the peer why; it may be gone already.
                try? await flush(session, until: deadline)
                throw .tls(error)
            }
            try await flush(session, until: deadline)
            if isComplete { break }
            let input = try await io { () throws(IOFailure) in try await self.socket.read(until: deadline) }
            if input.isEmpty { throw .ended }
            session.receive(input)
        }
        tls = session
    }

    /// Whether an idle connection can still be used. TLS 1.3 tickets that arrived late are taken in; the
    /// peer's farewell, or anything it says unasked, ends it.
    func isAlive() async -> Bool {
        while socket.hasInputOrEnded {
            guard let tls, let input = try? await socket.read(until: .after(.zero)), !input.isEmpty
            else { return false }
            tls.receive(input)
            guard case .needsInput? = try? tls.decrypt(upTo: 1) else { return false }
        }
        return true
    }

    /// Says that nothing more comes, where TLS has a word for it, and closes.
    func end(until deadline: Deadline) async {
        if let tls {
            tls.close()
            try? await flush(tls, until: deadline)
        }
        close()
    }

    /// Closes at once.
    func close() { socket.close() }

    private func flush(_ session: TLSSession, until deadline: Deadline) async throws(ConnectionLoss) {
        let output = session.takeOutput()
        if output.isEmpty { return }
        try await io { () throws(IOFailure) in try await self.socket.write(output, until: deadline) }
    }

    private func io<Result>(
        _ body: () async throws(IOFailure) -> Result
    ) async throws(ConnectionLoss) -> Result {
        do throws(IOFailure) { return try await body() } catch { throw ConnectionLoss(error) }
    }

    private func secure<Result>(_ body: () throws(TLSFailure) -> Result) throws(ConnectionLoss) -> Result {
        do throws(TLSFailure) { return try body() } catch { throw .tls(error) }
    }
}
