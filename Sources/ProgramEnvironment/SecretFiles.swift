// Files that hold secrets: DKIM keys and passwords. They are read only if nobody else can read them.
public import Delivery
public import SmarthostConfiguration

/// A secret's file that was read, or why it was not.
public enum SecretFiles {
    /// The file's bytes; throws one line that names the file, what is wrong and the command that mends it.
    /// `warn` is told what is allowed but not good.
    public static func read(
        _ path: String, warn: (String) -> Void = { _ in }
    ) throws(SecretFileProblem) -> [UInt8] {
        let file: SourceFile
        do throws(SourceFailure) {
            file = try readSystemFile(path)
        } catch {
            throw SecretFileProblem(description: "\(path): cannot be read: \(error)")
        }
        switch FilePermissions.check(path, file.metadata, holds: .secret, for: .current) {
        case .safe: break
        case .warning(let text): warn("\(path): \(text)")
        case .refused(let text): throw SecretFileProblem(description: "\(path): \(text)")
        }
        return file.bytes
    }
}

/// Why a secret's file was not read.
public struct SecretFileProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
}

extension KeyRing {
    /// The configured keys, read from their files.
    public init(_ configuration: Configuration, warn: (String) -> Void = { _ in }) throws(KeyProblem) {
        try self.init(configuration.dkim) { path throws(KeyProblem) in
            do throws(SecretFileProblem) {
                return try SecretFiles.read(path, warn: warn)
            } catch {
                throw KeyProblem(error.description)
            }
        }
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
