// Files that hold secrets, passwords and private keys. They are read only if nobody else can read them.
internal import SmarthostConfiguration
public import TLS

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

    static func open(_ path: String) throws(SecretFileProblem) -> SourceFile {
        do throws(SourceFailure) {
            return try readSystemFile(path)
        } catch {
            throw SecretFileProblem(description: "\(path): cannot be read: \(error)")
        }
    }

    static func check(
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
/// Reads a `tls_cert_file` or `tls_key_file`, from systemd's credentials where it is one of them; the key only if
/// nobody else can read it.
public let readSystemIdentityFile: IdentityFileReader = { path, isSecret throws(IdentityFileProblem) in
    if !isSecret {
        do throws(SourceFailure) {
            return try readSystemFile(path).bytes
        } catch {
            throw IdentityFileProblem("cannot be read: \(error)")
        }
    }
    do throws(SecretFileProblem) {
        return try SecretFiles.read(path)
    } catch {
        // The file's name stands before it already.
        throw IdentityFileProblem(String(error.description.dropFirst("\(path): ".count)))
    }
}
