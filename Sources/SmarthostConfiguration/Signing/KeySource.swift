// Where a private key or another secret comes from: `key_file PATH`, `key_file credential:NAME`, `key_file env:VARIABLE`. What a
// source says is read by the program; here is its syntax, which throws InvalidArgument.

/// Where a private key is had from at the start, or another secret when it is needed.
public enum KeySource: Hashable, Sendable {
    /// A file, which is to be checked by `FilePermissions`.
    case file(String)
    /// A credential that systemd hands over (`credential:NAME`).
    case credential(String)
    /// A file that an environment variable names (`env:VARIABLE`), checked likewise.
    case environment(variable: String)
}

extension KeySource: CustomStringConvertible {
    /// As the configuration writes it.
    public var description: String {
        switch self {
        case .file(let path): path
        case .credential(let name): "credential:\(name)"
        case .environment(let variable): "env:\(variable)"
        }
    }
}

extension KeySource {
    /// `credential:NAME` or `env:VARIABLE`; nil for what begins with neither.
    init?(named argument: String) throws(InvalidArgument) {
        if let name = Self.rest(of: argument, behind: "credential:") {
            guard Self.isCredentialName(name) else {
                throw InvalidArgument(
                    text:
                        "\"\(argument)\" names no credential; allowed: credential: and a name without / and :"
                )
            }
            self = .credential(name)
        } else if let name = Self.rest(of: argument, behind: "env:") {
            guard Self.isVariableName(name) else {
                throw InvalidArgument(
                    text:
                        "\"\(argument)\" names no variable; allowed: env: and letters, digits and underscores"
                )
            }
            self = .environment(variable: name)
        } else {
            return nil
        }
    }

    private static func rest(of argument: String, behind prefix: String) -> String? {
        argument.hasPrefix(prefix) ? String(argument.dropFirst(prefix.count)) : nil
    }

    /// A file's name that systemd takes for a credential (systemd.exec(5), LoadCredential=).
    private static func isCredentialName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPlain && (1...255).contains(name.utf8.count) && name != "." && name != ".."
            && !name.contains { "/:".contains($0) }
    }

    private static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}

extension ArgumentParser {
    func keySource(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> KeySource {
        // The key itself, pasted in: it must not be shown.
        if argument.contains("-----BEGIN") {
            throw InvalidArgument(
                text: "holds a key; put the key into a file and name that; allowed: \(form.allowed)")
        }
        if let source = try KeySource(named: argument) { return source }
        return .file(try path(argument, form))
    }
}
