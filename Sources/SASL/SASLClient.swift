// The client's side of one SASL exchange (RFC 4422), by libgsasl. Challenges and responses are raw
// bytes: base64 belongs to the protocol around it. Throws SASLFailure; the exchange is then over.
internal import CGSASL

/// One exchange with one server. Belongs to one task.
public final class SASLClient {
    private let library: OpaquePointer
    private let session: OpaquePointer
    private let mechanism: Mechanism
    private var responsesLeft: Int

    /// Whether this mechanism can be used; its name in any case.
    public static func isSupported(_ mechanism: String) -> Bool {
        guard let mechanism = Mechanism.named(mechanism), let library = try? makeLibrary() else {
            return false
        }
        defer { gsasl_done(library) }
        return gsasl_client_support_p(library, mechanism.name) == 1
    }

    /// An exchange for `service`, one of GSSAPI's names ("smtp", "lmtp"), at `host`.
    public init(
        mechanism name: String, credentials: SASLCredentials, service: String, host: String
    ) throws(SASLFailure) {
        guard let mechanism = Mechanism.named(name) else { throw Self.unsupported(name) }
        try Self.check(credentials)
        library = try Self.makeLibrary()
        var session: OpaquePointer?
        let result = gsasl_client_start(library, mechanism.name, &session)
        guard result == GSASL_OK.rawValue, let session else {
            gsasl_done(library)
            throw result == GSASL_UNKNOWN_MECHANISM.rawValue
                ? Self.unsupported(name) : Self.failure(result, mechanism)
        }
        self.session = session
        self.mechanism = mechanism
        responsesLeft = mechanism.responses
        try set(GSASL_AUTHID, credentials.user)
        try set(GSASL_SERVICE, service)
        try set(GSASL_HOSTNAME, host)
        try setPassword(credentials)
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

    /// Whether the client speaks first: then the first step takes no challenge.
    public var sendsFirst: Bool { mechanism.sendsFirst }

    /// Answers a challenge (an empty one where `sendsFirst` and nothing was said yet). Complete means
    /// that the server's verdict is what comes next: a further challenge is a failure.
    public func step(_ challenge: [UInt8]) throws(SASLFailure) -> (response: [UInt8], isComplete: Bool) {
        try check(challenge)
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
        responsesLeft -= 1
        return (response, responsesLeft == 0)
    }
}

extension SASLClient {
    private static func makeLibrary() throws(SASLFailure) -> OpaquePointer {
        var library: OpaquePointer?
        let result = gsasl_init(&library)
        guard result == GSASL_OK.rawValue, let library else {
            throw SASLFailure(kind: .internal, description: "libgsasl does not start: \(words(result))")
        }
        return library
    }

    /// RFC 4616 2 allows neither an empty password nor a NUL, and a C string no NUL in any mechanism.
    private static func check(_ credentials: SASLCredentials) throws(SASLFailure) {
        guard !credentials.user.isEmpty else {
            throw SASLFailure(
                kind: .credentials, description: "the user name to log in with is empty: set user")
        }
        let (isEmpty, hasNUL) = credentials.withPassword { ($0.isEmpty, $0.contains(0)) }
        guard !isEmpty else {
            throw SASLFailure(
                kind: .credentials,
                description: "the password of \(credentials.user) is empty: see password or passwordeval")
        }
        guard !hasNUL, !credentials.user.utf8.contains(0) else {
            throw SASLFailure(
                kind: .credentials,
                description:
                    "the user name or password of \(credentials.user.filter { $0 != "\0" }) has a NUL in it")
        }
    }

    /// What no mechanism allows, before libgsasl sees it.
    private func check(_ challenge: [UInt8]) throws(SASLFailure) {
        guard responsesLeft > 0 else {
            throw SASLFailure(
                kind: .challenge,
                description: "\(mechanism.name): the server asks for more after the exchange was complete")
        }
        let isOpening = mechanism.sendsFirst && responsesLeft == mechanism.responses
        if isOpening, !challenge.isEmpty {
            throw SASLFailure(
                kind: .challenge,
                description: "\(mechanism.name): the server sent a challenge where none belongs")
        }
        // RFC 2195 2: the challenge carries what makes the digest good for one time only.
        if mechanism.name == "CRAM-MD5", challenge.isEmpty || challenge.contains(0) {
            throw SASLFailure(
                kind: .challenge, description: "CRAM-MD5: the server's challenge is empty or has a NUL in it")
        }
    }

    private func set(_ property: Gsasl_property, _ value: String) throws(SASLFailure) {
        let result = gsasl_property_set(session, property, value)
        guard result == GSASL_OK.rawValue else { throw Self.failure(result, mechanism) }
    }

    private func setPassword(_ credentials: SASLCredentials) throws(SASLFailure) {
        let result = credentials.withPassword { bytes in
            gsasl_property_set_raw(
                session, GSASL_PASSWORD, bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count)
        }
        guard result == GSASL_OK.rawValue else { throw Self.failure(result, mechanism) }
    }

    private static func unsupported(_ name: String) -> SASLFailure {
        let known = Mechanism.all.map(\.name).joined(separator: ", ")
        return SASLFailure(
            kind: .unsupported,
            description: "the authentication mechanism \(name) is not supported, but \(known) are")
    }

    private static func failure(_ result: Int32, _ mechanism: Mechanism) -> SASLFailure {
        switch Gsasl_rc(UInt32(bitPattern: result)) {
        case GSASL_SASLPREP_ERROR:
            SASLFailure(
                kind: .credentials,
                description:
                    "\(mechanism.name): the user name or password has characters that SASLprep (RFC 4013) "
                    + "forbids, or is not UTF-8")
        case GSASL_MECHANISM_PARSE_ERROR:
            SASLFailure(
                kind: .challenge, description: "\(mechanism.name): the server's challenge is malformed")
        case GSASL_AUTHENTICATION_ERROR, GSASL_INTEGRITY_ERROR:
            SASLFailure(
                kind: .serverNotAuthentic,
                description: "\(mechanism.name): the server could not prove that it knows the password")
        default:
            SASLFailure(kind: .internal, description: "\(mechanism.name) failed: \(words(result))")
        }
    }

    private static func words(_ result: Int32) -> String {
        gsasl_strerror(result).map { String(cString: $0) } ?? "libgsasl error \(result)"
    }
}
