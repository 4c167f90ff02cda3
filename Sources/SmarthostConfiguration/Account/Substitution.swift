// The patterns %H, %C, %M, %U and %F in `domain` and `from`. Reports a name that cannot be had.

enum Substitution {
    /// Replaces the patterns that depend on the host alone.
    static func hostNames(in text: String, _ names: HostNames) throws(InvalidArgument) -> String {
        let sources = [
            ("%M", "/etc/mailname", names.mailName),
            ("%C", "this host's canonical name", names.canonicalName),
            ("%H", "this host's name", names.hostName),
        ]
        var result = text
        for (pattern, meaning, name) in sources where result.contains(pattern) {
            guard let name = name(), !name.isEmpty else {
                throw InvalidArgument(
                    text: "\(pattern) stands for \(meaning), which is not known; write the name in full")
            }
            result = replace(pattern, in: result, by: name)
        }
        return result
    }

    /// A control character from outside never reaches a command of the dialogue: it becomes `?`.
    static func replace(_ pattern: String, in text: String, by name: String) -> String {
        let clean = String(String.UnicodeScalarView(name.unicodeScalars.map { isControl($0) ? "?" : $0 }))
        return text.split(separator: pattern, omittingEmptySubsequences: false).joined(separator: clean)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
