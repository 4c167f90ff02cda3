// Files that hold secrets: DKIM keys and passwords. They are read only if nobody else can read them.
public import Delivery
public import Signing
public import SmarthostConfiguration

/// A secret's file that was read, or why it was not.
public enum SecretFiles {
    /// The file's bytes; throws one line that names the file, what is wrong and the command that mends it.
    /// `warn` is told what is allowed but not good.
    public static func read(
        _ path: String, warn: (String) -> Void = { _ in }
    ) throws(SecretFileProblem) -> [UInt8] {
        let file = try open(path)
        try check(path, file, warn)
        return file.bytes
    }

    fileprivate static func open(_ path: String) throws(SecretFileProblem) -> SourceFile {
        do throws(SourceFailure) {
            return try readSystemFile(path)
        } catch {
            throw SecretFileProblem(description: "\(path): cannot be read: \(error)")
        }
    }

    fileprivate static func check(
        _ path: String, _ file: SourceFile, _ warn: (String) -> Void
    ) throws(SecretFileProblem) {
        switch FilePermissions.check(path, file.metadata, holds: .secret, for: .current) {
        case .safe: break
        case .warning(let text): warn("\(path): \(text)")
        case .refused(let text): throw SecretFileProblem(description: "\(path): \(text)")
        }
    }
}

/// Why a secret's file was not read.
public struct SecretFileProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
}

extension KeyRing {
    /// The configured keys, read from their files.
    public init(_ configuration: Configuration, warn: (String) -> Void = { _ in }) throws(KeyProblem) {
        try self.init(configuration.dkim, missing: configuration.daemon.missingKeyPolicy) {
            source throws(KeyProblem) in
            try readSigningKey(source, warn: warn)
        }
    }
}

/// A private key's bytes, wherever they are had from.
public func readSigningKey(
    _ source: KeySource, warn: (String) -> Void = { _ in }
) throws(KeyProblem) -> [UInt8] {
    switch source {
    case .file(let path): return try readSigningKey(path, warn: warn)
    case .credential, .environment: throw KeyProblem("\(source): not yet")
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

extension Passwords {
    /// Reads a `password_file`.
    public static let systemFileReader: FileReader = { path throws(PasswordProblem) in
        do throws(SecretFileProblem) {
            return try SecretFiles.read(path)
        } catch {
            throw PasswordProblem(error.description)
        }
    }
}
