// Keys out of files. Throws CommandFailure, which names the file and never shows what is in it.
import DKIMCore
import MailCore
import SmarthostConfiguration

enum DKIMKeyFile {
    static func readPrivate(
        _ source: KeySource, _ environment: CommandEnvironment
    ) throws -> SigningKey {
        let bytes: [UInt8]
        do { bytes = try environment.readPrivateKey(source) } catch {
            throw CommandFailure(ExitCode.configuration, "\(error)")
        }
        do throws(DKIMError) {
            let key = try isSeed(bytes) ? SigningKey(ed25519Seed: bytes) : SigningKey(pem: bytes)
            if let warning = key.warning { environment.complain("warning: \(source): \(warning)") }
            return key
        } catch {
            throw CommandFailure(ExitCode.configuration, "\(source): \(error)")
        }
    }

    /// A seed of Ed25519 in base 64, as dknewkey of dkimpy writes it.
    private static func isSeed(_ bytes: [UInt8]) -> Bool {
        let text = bytes.filter { $0 > ASCII.space }
        return text.count == 44 && Base64.decode(text)?.count == 32
    }

    /// The record for a file that holds a private key, a public key (both PEM), or a record's text.
    static func readRecord(_ path: String, _ environment: CommandEnvironment) throws -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try environment.readFile(path) } catch {
            throw CommandFailure(ExitCode.configuration, "the key file \(path) cannot be read: \(error)")
        }
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
}
