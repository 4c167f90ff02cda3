// Arguments with a grammar of their own: hosts, addresses, lists, listeners, DKIM's words.

import MailCore

extension ArgumentParser {
    func structured(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> Value {
        switch form {
        case .host: return .text(try host(argument, form))
        case .hosts: return .hosts(try hosts(argument, form))
        case .listener: return .listener(try listener(argument, form))
        case .names: return .words(try names(argument, form, isGood: Self.isAccountName))
        case .fieldNames: return .words(try names(argument, form, isGood: Self.isFieldName))
        case .fingerprint: return .text(try fingerprint(argument, form))
        case .dsnConditions: return .words(try dsnConditions(argument, form))
        default:
            guard Self.isGood(argument, form) else { throw InvalidArgument(argument, form: form) }
            return .text(argument)
        }
    }

    private static func isGood(_ argument: String, _ form: ArgumentForm) -> Bool {
        switch form {
        case .helloDomain: isOneWord(argument)
        case .sender: isSender(argument)
        case .ipAddress: IPAddressText.isAddress(argument)
        case .selector, .domain: isDomainName(argument)
        case .signingChoice: ["auto", "off", "*"].contains(argument) || isDomainName(argument)
        case .canonicalization: CanonicalizationPair(argument) != nil
        case .identity: isIdentity(argument)
        case .httpsURL: isHTTPSURL(argument)
        default: false
        }
    }

    private func host(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> String {
        guard let (name, port) = Self.hostAndPort(argument) else {
            throw InvalidArgument(argument, form: form)
        }
        if let port {
            throw InvalidArgument(text: "\"\(argument)\" has a port in it: \(port); allowed: \(form.allowed)")
        }
        return name
    }

    private func hosts(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> [NamedHost] {
        var hosts: [NamedHost] = []
        for word in Self.words(argument) {
            if word.contains("://") {
                throw InvalidArgument(text: "\"\(word)\" is a URL; allowed: \(form.allowed)")
            }
            guard let (name, port) = Self.hostAndPort(String(word)) else {
                throw InvalidArgument(argument, form: form)
            }
            let host = NamedHost(name: name, port: port)
            if hosts.contains(host) {
                throw InvalidArgument(text: "\"\(word)\" is named twice; give each host once")
            }
            hosts.append(host)
        }
        if hosts.isEmpty { throw InvalidArgument(argument, form: form) }
        return hosts
    }

    /// `name`, `name:587`, `192.0.2.1:587`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:587`. An IPv6
    /// address loses the brackets that URLs need and getaddrinfo does not know.
    private static func hostAndPort(_ text: String) -> (name: String, port: UInt16?)? {
        if IPAddressText.isAddress(text) { return (text, nil) }
        let isBracketed = text.hasPrefix("[")
        let end = isBracketed ? text.firstIndex(of: "]") : text.firstIndex(of: ":") ?? text.endIndex
        guard let end else { return nil }
        let name = isBracketed ? text[..<end].dropFirst() : text[..<end]
        let rest = isBracketed ? text[end...].dropFirst() : text[end...]
        guard isBracketed ? IPAddressText.isAddress(String(name)) : isHostName(name) else { return nil }
        if rest.isEmpty { return (String(name), nil) }
        guard rest.first == ":", let port = number(rest.dropFirst()), (1...65_535).contains(port) else {
            return nil
        }
        return (String(name), UInt16(port))
    }

    private static func isHostName(_ text: Substring) -> Bool {
        isOneWord(text) && !text.contains { "/@\\\"'<>()[],;=:#".contains($0) }
    }

    private func fingerprint(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> String {
        if CertificateFingerprint(argument) != nil { return argument }
        guard CertificateFingerprint.digest(argument)?.count == 16 else {
            throw InvalidArgument(argument, form: form)
        }
        throw InvalidArgument(
            text:
                "MD5 can be forged by anybody; write the SHA-256 fingerprint, as `openssl x509 -noout -fingerprint "
                + "-sha256` shows it")
    }

    private func names(
        _ argument: String, _ form: ArgumentForm, isGood: (Substring) -> Bool
    ) throws(InvalidArgument) -> [String] {
        let words = Self.words(argument)
        guard !words.isEmpty, words.allSatisfy(isGood) else { throw InvalidArgument(argument, form: form) }
        return words.map(String.init)
    }

    private func dsnConditions(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> [String] {
        if argument == "off" { return [] }
        if argument == "never" { return ["never"] }
        let words = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let isGood =
            words.allSatisfy(["failure", "delay", "success"].contains) && Set(words).count == words.count
        guard isGood else { throw InvalidArgument(argument, form: form) }
        return words
    }

    static func isOneWord(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > ASCII.space && $0 != 0x7F }
    }

    private static func isFieldName(_ text: Substring) -> Bool { text.utf8.allSatisfy(ASCII.isFieldName) }

    /// A user's or group's name or number.
    static func isAccountName(_ text: some StringProtocol) -> Bool {
        isOneWord(text) && !text.contains { ":/=#\"".contains($0) }
    }

    private static func isSender(_ text: String) -> Bool {
        SenderAddress.hasWildcards(text) ? isOneWord(text) : SenderAddress.address(text) != nil
    }

    /// RFC 3986 in so far as it matters: a host, nothing before an @, no fragment, nothing but visible ASCII.
    private static func isHTTPSURL(_ text: String) -> Bool {
        guard text.hasPrefix("https://"), text.utf8.count <= 2000 else { return false }
        let rest = text.dropFirst("https://".count)
        let host = rest.prefix { !"/?".contains($0) }
        return !host.isEmpty && !host.contains("@") && !rest.contains("#")
            && rest.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// `local@domain` or `@domain` (i= of RFC 6376 3.5).
    private static func isIdentity(_ text: String) -> Bool {
        guard let at = text.lastIndex(of: "@") else { return false }
        return isDomainName(text[text.index(after: at)...])
            && (at == text.startIndex || isOneWord(text[..<at]))
    }
}

/// IP addresses as text (RFC 4291 2.2, dotted quads).
enum IPAddressText {
    static func isAddress(_ text: String) -> Bool { isIPv4(text[...]) || isIPv6(text) }

    static func isLoopback(_ text: String) -> Bool {
        (isIPv4(text[...]) && text.hasPrefix("127.")) || text == "::1"
    }

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { $0.count <= 3 && (ArgumentParser.number($0).map { $0 < 256 } ?? false) }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let text = text.prefix { $0 != "%" }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2 else { return false }
        let groups = halves.map { half in
            half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false)
        }
        let flat = groups.flatMap(\.self)
        guard flat.dropLast().allSatisfy(isGroup), flat.last.map({ isGroup($0) || isIPv4($0) }) ?? true else {
            return false
        }
        let width = flat.count + (flat.last.map(isIPv4) == true ? 1 : 0)
        return halves.count == 2 ? width < 8 : width == 8
    }

    private static func isGroup(_ text: Substring) -> Bool {
        (1...4).contains(text.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
