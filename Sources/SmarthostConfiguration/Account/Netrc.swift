// The format of ~/.netrc as fetchmail and msmtp read it: words between blanks and line ends, quotes around words
// with blanks in them, `#` for comments.

public enum Netrc {
    /// The password for that host and user; nil where no entry has both. An entry needs `machine` and `login`;
    /// `default` is for no host at all.
    public static func password(in bytes: [UInt8], host: String, user: String) -> Secret? {
        var reader = NetrcReader(rest: bytes[...])
        var entry: (host: String, user: String?, password: [UInt8]?)?
        func isMatch() -> Bool {
            entry?.host.lowercased() == host.lowercased() && entry?.user == user && entry?.password != nil
        }
        while let word = reader.word() {
            switch String(decoding: word, as: UTF8.self) {
            case "machine", "default":
                if isMatch() { return entry?.password.map { Secret($0) } }
                let isMachine = word == Array("machine".utf8)
                entry =
                    isMachine ? reader.word().map { (String(decoding: $0, as: UTF8.self), nil, nil) } : nil
            case "login", "user": entry?.user = reader.word().map { String(decoding: $0, as: UTF8.self) }
            case "password", "passwd": entry?.password = reader.word()
            case "account": _ = reader.word()
            case "macdef": reader.skipMacro()
            default: break
            }
        }
        return isMatch() ? entry?.password.map { Secret($0) } : nil
    }
}

/// Word after word.
private struct NetrcReader {
    var rest: ArraySlice<UInt8>

    mutating func word() -> [UInt8]? {
        while let byte = rest.first, Self.isBlank(byte) || byte == UInt8(ascii: "#") {
            if byte == UInt8(ascii: "#") { rest = rest.drop { $0 != 0x0A } } else { rest = rest.dropFirst() }
        }
        guard !rest.isEmpty else { return nil }
        var word: [UInt8] = []
        var quote: UInt8?
        // A quote that is not closed ends with its line.
        while let byte = rest.first, byte != 0x0A, quote != nil || !Self.isBlank(byte) {
            rest = rest.dropFirst()
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else {
                word.append(byte)
            }
        }
        return word
    }

    /// A macro reaches to the next empty line.
    mutating func skipMacro() {
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0A }
            rest = rest.dropFirst(line.count + 1)
            if line.allSatisfy(Self.isBlank) { return }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
