// From an argument's bytes to its value, by the form its key asks for. Throws InvalidArgument.

struct ArgumentParser {
    /// What `~` at the start of a path stands for.
    let homeDirectory: String?

    func parse(_ bytes: [UInt8], as form: ArgumentForm) throws(InvalidArgument) -> Value {
        if form == .secret { return bytes.isEmpty ? .unset : .secret(Secret(bytes)) }
        guard let argument = String(validating: bytes, as: UTF8.self) else {
            throw InvalidArgument(text: "is not UTF-8; allowed: \(form.allowed)")
        }
        if argument.isEmpty { return try emptyValue(of: form) }
        if let value = try wordValue(argument, form) { return value }
        if let value = try pathValue(argument, form) { return value }
        if let value = try quantity(argument, form) { return value }
        return try structured(argument, form)
    }

    private func emptyValue(of form: ArgumentForm) throws(InvalidArgument) -> Value {
        switch form {
        case .nothing, .flag, .syslogFacility: .flag(true)
        case .keyword(_, let word?): .text(word)
        case .optionalNumber, .text, .command, .path(mayBeEmpty: true), .pathOr, .host,
            .fieldNames(mayBeEmpty: true), .signingChoice, .secretFile, .httpsURL, .helloDomain, .sender,
            .ipAddress, .fingerprint:
            .unset
        default: throw .missing(form)
        }
    }

    private func wordValue(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> Value? {
        switch form {
        case .nothing:
            throw InvalidArgument(text: "takes no argument; remove \"\(argument)\"")
        case .flag:
            guard argument == "on" || argument == "off" else { throw InvalidArgument(argument, form: form) }
            return .flag(argument == "on")
        case .syslogFacility:
            if argument == "on" || argument == "off" { return .flag(argument == "on") }
            guard Self.facilities.contains(argument) else { throw InvalidArgument(argument, form: form) }
            return .text(argument)
        case .keyword(let words, _):
            guard words.contains(argument) else { throw InvalidArgument(argument, form: form) }
            return .text(argument)
        case .text, .command:
            return .text(argument)
        default:
            return nil
        }
    }

    private func pathValue(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> Value? {
        switch form {
        case .pathOr(let word) where word == argument: return .text(argument)
        case .path, .pathOr: return .text(try path(argument, form))
        case .keySource, .secretFile: return .keySource(try keySource(argument, form))
        default: return nil
        }
    }

    /// An absolute path, `~` replaced as in msmtp: by the home directory, whatever follows it.
    func path(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> String {
        if argument.hasPrefix("/") { return argument }
        guard argument.hasPrefix("~") else { throw InvalidArgument(argument, form: form) }
        guard let homeDirectory else {
            throw InvalidArgument(
                text:
                    "\"\(argument)\" cannot be found: the daemon has no home directory; write the path in full"
            )
        }
        return homeDirectory + argument.dropFirst()
    }

    private static let facilities = ["LOG_USER", "LOG_MAIL"] + (0...7).map { "LOG_LOCAL\($0)" }
}
