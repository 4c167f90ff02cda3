// Keys out of files. Throws CommandFailure, which names the file and never shows what is in it.
import DKIMCore

enum DKIMKeyFile {
    static func readPrivate(_ path: String, _ environment: CommandEnvironment) throws -> SigningKey {
        do {
            let key = try SigningKey(pem: try read(path, environment))
            if let warning = key.warning { environment.complain("warning: \(path): \(warning)") }
            return key
        } catch let error as DKIMError {
            throw CommandFailure(ExitCode.configuration, "\(path): \(error)")
        }
    }

    /// The record for a file that holds a private key, a public key (both PEM), or a record's text.
    static func readRecord(_ path: String, _ environment: CommandEnvironment) throws -> [UInt8] {
        let bytes = try read(path, environment)
        if let record = KeyRecord(publicKeyPEM: bytes) { return Array(record.text.utf8) }
        do {
            if bytes.firstRange(of: "-----BEGIN ".utf8) != nil {
                return Array(try KeyRecord(for: SigningKey(pem: bytes)).text.utf8)
            }
            let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
            _ = try KeyRecord(parsing: Array(text))
            return Array(text)
        } catch {
            throw CommandFailure(ExitCode.configuration, "\(path): \(error)")
        }
    }

    private static func read(_ path: String, _ environment: CommandEnvironment) throws -> [UInt8] {
        do {
            return try environment.readFile(path)
        } catch {
            throw CommandFailure(ExitCode.configuration, "the key file \(path) cannot be read: \(error)")
        }
    }
}
