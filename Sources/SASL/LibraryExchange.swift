// An exchange led by libgsasl, which msmtp uses too. Throws SASLFailure.
internal import CGSASL

/// A session of libgsasl.
final class LibraryExchange: Exchange {
    private let library: OpaquePointer
    private let session: OpaquePointer
    private let mechanism: Mechanism

    static func supports(_ mechanism: Mechanism) -> Bool {
        guard let library = try? makeLibrary() else { return false }
        defer { gsasl_done(library) }
        return gsasl_client_support_p(library, mechanism.name) == 1
    }

    init(
        _ mechanism: Mechanism, _ credentials: SASLCredentials, _ server: SASLServer
    ) throws(SASLFailure) {
        library = try Self.makeLibrary()
        var session: OpaquePointer?
        let result = gsasl_client_start(library, mechanism.name, &session)
        guard result == GSASL_OK.rawValue, let session else {
            gsasl_done(library)
            throw result == GSASL_UNKNOWN_MECHANISM.rawValue
                ? SASLClient.unsupported(mechanism.name) : Self.failure(result, mechanism)
        }
        self.session = session
        self.mechanism = mechanism
        try set(GSASL_SERVICE, server.service)
        try set(GSASL_HOSTNAME, server.host)
        try set(credentials)
        if mechanism.isBound { try set(server.binding) }
    }

    deinit {
        if let password = gsasl_property_fast(session, GSASL_PASSWORD) {
            // libgsasl's own copy, which it gives back as it is.
            var length = 0
            while password[length] != 0 { length += 1 }
            cleanse(
                UnsafeMutableRawBufferPointer(
                    start: UnsafeMutableRawPointer(mutating: password), count: length))
        }
        gsasl_finish(session)
        gsasl_done(library)
    }

    func step(_ challenge: [UInt8]) throws(SASLFailure) -> (response: [UInt8], isComplete: Bool) {
        var output: UnsafeMutablePointer<CChar>?
        var length = 0
        let result = challenge.withUnsafeBytes { bytes in
            gsasl_step(
                session, bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, &output, &length)
        }
        let bytes = UnsafeMutableRawBufferPointer(start: output, count: output == nil ? 0 : length)
        let response = Array(bytes)
        cleanse(bytes)
        gsasl_free(output)
        guard result == GSASL_OK.rawValue || result == GSASL_NEEDS_MORE.rawValue else {
            throw Self.failure(result, mechanism)
        }
        return (response, result == GSASL_OK.rawValue)
    }
}

// MARK: - Properties

extension LibraryExchange {
    private func set(_ credentials: SASLCredentials) throws(SASLFailure) {
        if mechanism.proof == .outside {
            // The identity to act as, where it is not the one that was proved.
            if !credentials.user.isEmpty { try set(GSASL_AUTHZID, credentials.user) }
            return
        }
        try set(GSASL_AUTHID, credentials.user)
        if mechanism.name == "NTLM", !credentials.domain.isEmpty { try set(GSASL_REALM, credentials.domain) }
        let result = credentials.withPassword { bytes in
            gsasl_property_set_raw(
                session, GSASL_PASSWORD, bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count)
        }
        guard result == GSASL_OK.rawValue else { throw Self.failure(result, mechanism) }
    }

    private func set(_ binding: ChannelBinding?) throws(SASLFailure) {
        guard let binding else {
            throw SASLFailure(
                kind: .unsupported,
                description:
                    "\(mechanism.name) needs a TLS session to bind to: TLS 1.3, or 1.2 with an extended "
                    + "master secret; set auth to another mechanism")
        }
        var text: UnsafeMutablePointer<CChar>?
        let result = binding.data.withUnsafeBytes { bytes in
            gsasl_base64_to(bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, &text, nil)
        }
        defer { gsasl_free(text) }
        guard result == GSASL_OK.rawValue, let text else { throw Self.failure(result, mechanism) }
        let property =
            switch binding {
            case .exporter: GSASL_CB_TLS_EXPORTER
            case .unique: GSASL_CB_TLS_UNIQUE
            }
        try set(property, String(cString: text))
    }

    private func set(_ property: Gsasl_property, _ value: String) throws(SASLFailure) {
        let result = gsasl_property_set(session, property, value)
        guard result == GSASL_OK.rawValue else { throw Self.failure(result, mechanism) }
    }

    private static func makeLibrary() throws(SASLFailure) -> OpaquePointer {
        var library: OpaquePointer?
        let result = gsasl_init(&library)
        guard result == GSASL_OK.rawValue, let library else {
            throw SASLFailure(kind: .internal, description: "libgsasl does not start: \(words(result))")
        }
        return library
    }
}

// MARK: - Failures

extension LibraryExchange {
    private static func failure(_ result: Int32, _ mechanism: Mechanism) -> SASLFailure {
        let name = mechanism.name
        return switch Gsasl_rc(UInt32(bitPattern: result)) {
        case GSASL_SASLPREP_ERROR:
            SASLFailure(
                kind: .credentials,
                description:
                    "\(name): the user name or password has characters that SASLprep (RFC 4013) forbids, or is not "
                    + "UTF-8")
        case GSASL_MECHANISM_PARSE_ERROR, GSASL_MECHANISM_CALLED_TOO_MANY_TIMES, GSASL_BASE64_ERROR:
            SASLFailure(kind: .challenge, description: "\(name): the server's challenge is malformed")
        case GSASL_AUTHENTICATION_ERROR, GSASL_INTEGRITY_ERROR:
            SASLFailure(
                kind: .serverNotAuthentic,
                description: "\(name): the server could not prove that it knows the password")
        case GSASL_GSSAPI_INIT_SEC_CONTEXT_ERROR, GSASL_GSSAPI_IMPORT_NAME_ERROR,
            GSASL_GSSAPI_ACQUIRE_CRED_ERROR:
            SASLFailure(
                kind: .credentials,
                description:
                    "\(name): there is no Kerberos ticket for this server (\(words(result))); see that KRB5CCNAME or "
                    + "KRB5_CLIENT_KTNAME of the daemon names a ticket cache or keytab that it can read")
        default:
            SASLFailure(kind: .internal, description: "\(name) failed: \(words(result))")
        }
    }

    private static func words(_ result: Int32) -> String {
        gsasl_strerror(result).map { String(cString: $0) } ?? "libgsasl error \(result)"
    }
}
