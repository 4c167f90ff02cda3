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
    do throws(SecretFileProblem) {
        let path = try source.path(of: "key", environment: environment)
        do throws(KeyProblem) {
            return try readSigningKey(path, warn: { warn(source.naming($0)) })
        } catch {
            throw SecretFileProblem(description: source.naming(error.description))
        }
    } catch {
        throw KeyProblem(error.description)
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
