// `tls_priorities`. msmtp hands it to its TLS library, most often GnuTLS; here OpenSSL's words are read. Whoever
// brings a GnuTLS priority string along is told what to write instead: nothing, where what it asks for is kept
// anyway, else the same in OpenSSL's words.

/// The words of a priority string.
struct CipherPriorities {
    enum Verdict: Equatable {
        /// OpenSSL's words.
        case usable
        /// GnuTLS's, of which nothing is lost where they are passed over.
        case covered(String)
        case refused(String)
    }

    private let words: [Substring]
    /// `@` begins a command even in the middle of a word.
    private let lowersSecurity: Bool

    init(_ text: String) {
        words = text.split { ":;, ".contains($0) }
        lowersSecurity = text.uppercased().contains("@SECLEVEL=0")
    }

    var verdict: Verdict {
        if isGnuTLS { return translation }
        if lowersSecurity {
            return .refused("@SECLEVEL=0 would allow what anybody can break; write @SECLEVEL=1 or higher")
        }
        if let old = words.first(where: { Self.oldVersions.contains($0.uppercased()) }) {
            return .refused("\(old) is not used: TLS 1.2 or later always is; remove it")
        }
        return .usable
    }

    private static let oldVersions = ["SSLV2", "SSLV3", "TLSV1", "TLSV1.0", "TLSV1.1"]

    // MARK: GnuTLS

    /// The words with which a GnuTLS string can begin, but for the SUITEB ones, which OpenSSL has too.
    private static let levels = [
        "NORMAL", "PERFORMANCE", "LEGACY", "PFS", "SECURE", "SECURE128", "SECURE192", "SECURE256", "NONE",
        "SYSTEM",
        "EXPORT",
    ]

    private var isGnuTLS: Bool {
        guard let first = words.first?.uppercased() else { return false }
        let isLevel =
            Self.levels.contains(first)
            || first.hasPrefix("@") && !first.hasPrefix("@SEC")
                && !first.hasPrefix("@STRENGTH")
        return isLevel || words.contains { $0.hasPrefix("%") || $0.uppercased().contains("VERS-") }
    }

    private var translation: Verdict {
        if wantsTLS13Only { return refused("TLSv1.3") }
        let level = words.first?.uppercased() ?? ""
        if ["SECURE192", "SECURE256"].contains(level) {
            return refused("ECDHE+AES256:ECDHE+CHACHA20:DHE+AES256")
        }
        // Taking away versions and ciphers that are not used anyway asks for nothing more.
        guard level != "NONE", additions.isEmpty else { return refused("ECDHE+AESGCM:ECDHE+CHACHA20") }
        return .covered(
            "written for GnuTLS and not used: TLS 1.2 or later with ciphers of forward secrecy is used anyway; "
                + "remove it")
    }

    private func refused(_ replacement: String) -> Verdict {
        .refused(
            "written for GnuTLS; in OpenSSL's words (openssl-ciphers(1)): `tls_priorities \(replacement)`")
    }

    private var wantsTLS13Only: Bool {
        let versions = words.map { $0.uppercased() }.filter { $0.contains("VERS-") }
        if versions.contains(where: { $0.hasPrefix("+") && $0.hasSuffix("TLS1.2") }) { return false }
        let taken = versions.filter { $0.hasPrefix("-") || $0.hasPrefix("!") }
        if taken.contains(where: { $0.hasSuffix("TLS1.2") }) { return true }
        let isEmpty = words.first?.uppercased() == "NONE" || taken.contains { $0.hasSuffix("-ALL") }
        return isEmpty && versions.contains { $0.hasPrefix("+") && $0.hasSuffix("TLS1.3") }
    }

    /// What is asked for beyond the level, or away from what is used here.
    private var additions: [Substring] {
        words.dropFirst().filter { word in
            let name = word.uppercased()
            return !name.hasPrefix("%") && !name.contains("VERS-")
                && !Self.unusedHere.contains(where: name.contains)
        }
    }

    private static let unusedHere = [
        "ARCFOUR", "3DES", "MD5", "SHA1", "RSA", "EXPORT", "CAMELLIA", "ANON", "NULL", "DHE-DSS", "COMP",
        "SRP", "PSK",
    ]
}
