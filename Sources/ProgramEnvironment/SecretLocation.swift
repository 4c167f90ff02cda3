// Which file a secret is in: the one that is named, a credential that systemd hands over, or one that a variable
// names. Throws SecretFileProblem, one line that says what to do.
internal import LinuxIO
internal import SmarthostConfiguration

extension KeySource {
    /// The file to read. `thing` is what it holds: key, password.
    func path(of thing: String, environment: (String) -> String?) throws(SecretFileProblem) -> String {
        switch self {
        case .file(let path): return path
        case .credential(let name):
            return try credential(name, of: thing, environment("CREDENTIALS_DIRECTORY"))
        case .environment(let variable):
            guard let path = environment(variable), !path.isEmpty else {
                throw problem("the variable \(variable) is not set; set it to the \(thing) file's path")
            }
            // What stands there instead may be the secret itself.
            guard path.hasPrefix("/") else {
                throw problem(
                    "the variable \(variable) holds no absolute path; set it to the \(thing) file's path")
            }
            return path
        }
    }

    private func credential(
        _ name: String, of thing: String, _ directory: String?
    ) throws(SecretFileProblem) -> String {
        let path = directory.map { "\($0)/\(name)" }
        if let path, (try? FileMetadata(path: path)) != nil { return path }
        let reason =
            path == nil ? "systemd handed over no credentials" : "systemd handed over no such credential"
        let file = thing == "key" ? "the/key.pem" : "the/\(thing)"
        throw problem(
            "\(reason); put `LoadCredential=\(name):/path/to/\(file)` below [Service] in the unit and restart it"
        )
    }

    private func problem(_ text: String) -> SecretFileProblem {
        SecretFileProblem(description: "\(self): \(text)")
    }

    /// A line about the file, with what names it in the configuration where that is something else.
    func naming(_ line: String) -> String {
        if case .file = self { return line }
        return "\(self): \(line)"
    }
}
