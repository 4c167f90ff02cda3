// `listen submit unix:PATH user=U group=G mode=0660`.

extension ArgumentParser {
    func listener(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> Listener {
        let words = argument.split { $0 == " " || $0 == "\t" }
        guard words.count >= 2 else { throw InvalidArgument(argument, form: form) }
        guard let service = Listener.Service(rawValue: String(words[0])) else {
            throw InvalidArgument(text: "\"\(words[0])\" is not a service; allowed: \(form.allowed)")
        }
        guard words[1].hasPrefix("unix:/"), words[1].utf8.count > 6 else {
            throw InvalidArgument(
                text: "\"\(words[1])\" is not an address; allowed: unix: and an absolute path")
        }
        let path = String(words[1].dropFirst(5))
        guard path.utf8.count <= Listener.maximumPathLength else {
            throw InvalidArgument(
                text: "\"\(path)\" is longer than 107 bytes, the most a Unix socket's path can have")
        }
        var listener = Listener(service: service, path: path)
        for word in words.dropFirst(2) { try apply(word, to: &listener, form) }
        return listener
    }

    private func apply(
        _ option: Substring, to listener: inout Listener, _ form: ArgumentForm
    ) throws(InvalidArgument) {
        let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? parts[1] : ""
        switch parts.first {
        case "user" where Self.isAccountName(value): listener.user = String(value)
        case "group" where Self.isAccountName(value): listener.group = String(value)
        case "mode":
            guard (3...4).contains(value.count), Self.number(value) != nil,
                let mode = UInt32(value, radix: 8), mode <= 0o777
            else {
                throw InvalidArgument(
                    text: "\"\(option)\" is not allowed; allowed: mode= and three octal digits such as 0660")
            }
            listener.mode = mode
        default:
            throw InvalidArgument(
                text: "\"\(option)\" is not allowed; allowed: user=USER, group=GROUP, mode=0660")
        }
    }
}
