// Foreign bytes made fit for a log line, a terminal or an error: UTF-8 checked, no control character.

extension String {
    /// The bytes as text, with U+FFFD for what is not UTF-8 and for every control character but the
    /// tab, which becomes a blank.
    public init(printable bytes: some Collection<UInt8>) {
        if bytes.allSatisfy({ (0x20...0x7E).contains($0) }) {
            self = String(decoding: bytes, as: UTF8.self)
            return
        }
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            text.append(scalar == "\t" ? " " : scalar.isControl ? "\u{FFFD}" : scalar)
        }
        self = String(text)
    }
}

extension Unicode.Scalar {
    /// A control character of ASCII or of Latin-1, a line or paragraph separator, or one of those that
    /// turn the direction of the text around them.
    var isControl: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
