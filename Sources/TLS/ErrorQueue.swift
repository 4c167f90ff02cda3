// OpenSSL's error queue of this thread. It is emptied before and after each call that can fail, so
// that no session ever sees another's errors.
internal import COpenSSL

/// The errors that one call left behind, the first cause first.
struct OpenSSLErrors {
    private var codes: [UInt] = []

    static func clear() { ERR_clear_error() }

    /// Takes all errors out of the queue.
    static func drain() -> OpenSSLErrors {
        var errors = OpenSSLErrors()
        while case let code = ERR_get_error(), code != 0 { errors.codes.append(code) }
        return errors
    }

    /// Whether libssl gave this reason, one of its SSL_R numbers, or another library one of its own.
    func contain(_ reason: Int32, of library: Int32 = ERR_LIB_SSL) -> Bool {
        codes.contains { ERR_GET_LIB($0) == library && ERR_GET_REASON($0) == reason }
    }

    /// The alert that the peer sent, if one is the cause, in OpenSSL's words for those of RFC 8446 6.
    var alert: (number: Int32, name: String)? {
        // Such a reason is the alert's number plus a constant.
        let offset = SSL_AD_REASON_OFFSET
        guard let reason = reasons.first(where: { (offset...offset + 255).contains($0) }) else { return nil }
        return (reason - offset, Self.name(ofAlert: reason - offset))
    }

    private static func name(ofAlert number: Int32) -> String {
        // OpenSSL has no words for this one of RFC 8446.
        number == TLS13_AD_CERTIFICATE_REQUIRED
            ? "certificate required" : string(SSL_alert_desc_string_long(number))
    }

    /// The first cause in OpenSSL's or the system's words.
    var summary: String {
        guard let code = codes.first else { return "no reason given" }
        if let reason = ERR_reason_error_string(code) { return string(reason) }
        // A system error: "error:80000002:system library::No such file or directory".
        var line = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &line, line.count)
        let bytes = line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return String(decoding: bytes.split(separator: UInt8(ascii: ":")).last ?? [], as: UTF8.self)
    }

    private var reasons: [Int32] {
        codes.filter { ERR_GET_LIB($0) == ERR_LIB_SSL }.map { ERR_GET_REASON($0) }
    }
}

/// A C string's text; empty for none.
func string(_ characters: UnsafePointer<CChar>?) -> String {
    characters.map { String(cString: $0) } ?? ""
}
