// The server's side of a mechanism, by libgsasl, for a user whose password is "pencil".
import CGSASL
import SASL

final class LibraryServer {
    private let library: OpaquePointer
    private let session: OpaquePointer

    struct Refusal: Error, Equatable { let code: Int32 }

    init(_ mechanism: String, binding: ChannelBinding? = nil) throws {
        var library: OpaquePointer?
        var session: OpaquePointer?
        guard gsasl_init(&library) == GSASL_OK.rawValue, let library else { throw Refusal(code: -1) }
        gsasl_callback_set(library) { _, session, property in
            guard property == GSASL_PASSWORD else { return Int32(GSASL_NO_CALLBACK.rawValue) }
            return gsasl_property_set(session, property, "pencil")
        }
        let result = gsasl_server_start(library, mechanism, &session)
        guard result == GSASL_OK.rawValue, let session else { throw Refusal(code: result) }
        self.library = library
        self.session = session
        set(GSASL_SERVICE, "smtp")
        set(GSASL_HOSTNAME, "mail.example.org")
        set(GSASL_REALM, "example.org")
        switch binding {
        case .exporter(let data)?: set(GSASL_CB_TLS_EXPORTER, Self.base64(data))
        case .unique(let data)?: set(GSASL_CB_TLS_UNIQUE, Self.base64(data))
        case nil: break
        }
    }

    deinit {
        gsasl_finish(session)
        gsasl_done(library)
    }

    /// The next challenge, or the proof with which the server ends.
    func step(_ response: [UInt8]) throws -> (challenge: [UInt8], isDone: Bool) {
        var output: UnsafeMutablePointer<CChar>?
        var length = 0
        let result = response.withUnsafeBytes { bytes in
            gsasl_step(
                session, bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, &output, &length)
        }
        defer { gsasl_free(output) }
        guard result == GSASL_OK.rawValue || result == GSASL_NEEDS_MORE.rawValue else {
            throw Refusal(code: result)
        }
        let bytes = UnsafeRawBufferPointer(start: output, count: output == nil ? 0 : length)
        return (Array(bytes), result == GSASL_OK.rawValue)
    }

    private func set(_ property: Gsasl_property, _ value: String) {
        gsasl_property_set(session, property, value)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        var text: UnsafeMutablePointer<CChar>?
        bytes.withUnsafeBytes { _ = gsasl_base64_to($0.baseAddress, $0.count, &text, nil) }
        defer { gsasl_free(text) }
        return text.map { String(cString: $0) } ?? ""
    }
}
