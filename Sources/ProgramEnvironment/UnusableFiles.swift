// Files that the configuration names and that are not read before mail goes out: what is wrong with them is
// told when the daemon starts, and not by the first mail that stays in the queue.
internal import Delivery
public import SmarthostConfiguration
internal import TLS

extension Configuration {
    /// A line for each password file, certificate, key and list that this process cannot use as it is now, and
    /// for ciphers that the TLS library does not know.
    public func unusableFiles() -> [String] {
        accounts.flatMap { account -> [String] in
            guard case .relay(let relay) = account.route else { return [] }
            return [relay.passwordFileProblem, relay.tlsProblem].compactMap(\.self)
                .map { "account \(account.name): \($0)" }
        }
    }
}

extension Relay {
    fileprivate var passwordFileProblem: String? {
        guard case .on(let credentials, _) = authentication, case .file(let path) = credentials.password
        else { return nil }
        do throws(SecretFileProblem) { _ = try SecretFiles.read(path) } catch {
            return "password_file: \(error)"
        }
        return nil
    }

    fileprivate var tlsProblem: String? {
        guard let parameters = tls.parameters else { return nil }
        do throws(TLSFailure) {
            _ = try TLSContext(TLSSettings(parameters), readFile: readSystemIdentityFile)
        } catch {
            return error.description
        }
        return nil
    }
}
