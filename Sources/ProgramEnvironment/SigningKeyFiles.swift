// The private keys that the configuration names: a file, a credential that systemd hands over, or a file that a
// variable names. Each is read as a secret; throws KeyProblem, one line that says what to do.
internal import LinuxIO
public import Signing
public import SmarthostConfiguration

extension KeyRing {
    /// The configured keys, read from where they are.
    public init(_ configuration: Configuration, warn: (String) -> Void = { _ in }) throws(KeyProblem) {
        try self.init(configuration.dkim, missing: configuration.daemon.missingKeyPolicy) {
            source throws(KeyProblem) in
            try readSigningKey(source, of: configuration.dkim, warn: warn)
        }
        for warning in warnings { warn(warning) }
    }
}

/// A configured key's bytes. A problem names the line and section that want the key.
public func readSigningKey(
    _ source: KeySource, of sections: [SigningSettings], warn: (String) -> Void = { _ in }
) throws(KeyProblem) -> [UInt8] {
    do throws(KeyProblem) {
        return try readSigningKey(source, warn: warn)
    } catch {
        for section in sections {
            guard let key = section.keys.first(where: { $0.source == source }) else { continue }
            throw KeyProblem("\(key.origin): dkim \(section.name): \(error)")
        }
        throw error
    }
}

/// A private key's bytes, wherever they are had from.
public func readSigningKey(
    _ source: KeySource, warn: (String) -> Void = { _ in }
) throws(KeyProblem) -> [UInt8] {
    try readSigningKey(source, environment: { environmentValue($0) }, warn: warn)
}

func readSigningKey(
    _ source: KeySource, environment: (String) -> String?, warn: (String) -> Void = { _ in }
) throws(KeyProblem) -> [UInt8] {
    let path = try source.path(environment: environment)
    do throws(KeyProblem) {
        return try readSigningKey(path, warn: { warn(source.naming($0)) })
    } catch {
        throw KeyProblem(source.naming(error.description))
    }
}

/// A `key_file`'s bytes, read as a secret. The public half, which everybody may read, is told for what it is.
public func readSigningKey(
    _ path: String, warn: (String) -> Void = { _ in }
) throws(KeyProblem) -> [UInt8] {
    do throws(SecretFileProblem) {
        let file = try SecretFiles.open(path)
        if file.bytes.contains("PUBLIC KEY-----"), !file.bytes.contains("PRIVATE KEY-----") {
            throw SecretFileProblem(
                description: "\(path): holds a public key, which cannot sign; name the private key's file in "
                    + "key_file")
        }
        try SecretFiles.check(path, file, warn)
        return file.bytes
    } catch {
        throw KeyProblem(error.description)
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: StaticString) -> Bool {
        firstRange(of: text.description.utf8) != nil
    }
}

// MARK: - Which file

extension KeySource {
    /// The file to read.
    fileprivate func path(environment: (String) -> String?) throws(KeyProblem) -> String {
        switch self {
        case .file(let path): return path
        case .credential(let name): return try credential(name, environment("CREDENTIALS_DIRECTORY"))
        case .environment(let variable):
            guard let path = environment(variable), !path.isEmpty else {
                throw KeyProblem(
                    "\(self): the variable \(variable) is not set; set it to the key file's path")
            }
            // What stands there instead may be the key itself.
            guard path.hasPrefix("/") else {
                throw KeyProblem(
                    "\(self): the variable \(variable) holds no absolute path; set it to the key file's path")
            }
            return path
        }
    }

    private func credential(_ name: String, _ directory: String?) throws(KeyProblem) -> String {
        let path = directory.map { "\($0)/\(name)" }
        if let path, (try? FileMetadata(path: path)) != nil { return path }
        let reason =
            path == nil ? "systemd handed over no credentials" : "systemd handed over no such credential"
        throw KeyProblem(
            "\(self): \(reason); put `LoadCredential=\(name):/path/to/the/key.pem` below [Service] in the unit "
                + "and restart it")
    }

    /// A line about the file, with what names it in the configuration where that is something else.
    fileprivate func naming(_ line: String) -> String {
        if case .file = self { return line }
        return "\(self): \(line)"
    }
}
