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
            return (relay.secretFileProblems + [relay.tlsProblem].compactMap(\.self))
                .map { "account \(account.name): \($0)" }
        }
    }
}

extension Relay {
    fileprivate var secretFileProblems: [String] {
        guard case .on(let credentials, _) = authentication else { return [] }
        let files: [(key: String, source: KeySource?)] =
            switch credentials.password {
            case .none, .inline, .command: []
            case .file(let source): [("password_file", source)]
            case .netrc(_, let files): files.map { (".netrc", .file($0)) }
            case .token(let source):
                [
                    ("oauth_client_secret_file", source.clientSecret),
                    ("oauth_refresh_token_file", source.refreshToken),
                ]
            }
        return files.compactMap { key, source in
            guard let source else { return nil }
            do throws(PasswordProblem) { _ = try Passwords.systemFileReader(source) } catch {
                return "\(key): \(error)"
            }
            return nil
        }
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
