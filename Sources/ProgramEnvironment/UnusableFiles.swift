// Files that the configuration names and that are not read before mail goes out: what is wrong with them is
// told when the daemon starts, and not by the first mail that stays in the queue.
internal import Delivery
internal import LinuxIO
public import SmarthostConfiguration

extension Configuration {
    /// A line for each password file and trust file that this process cannot use as it is now.
    public func unusableFiles() -> [String] {
        accounts.flatMap { account -> [String] in
            guard case .relay(let relay) = account.route else { return [] }
            return (relay.secretFileProblems + [relay.trustFileProblem].compactMap(\.self))
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

    /// The TLS library opens it by its own path: it is no secret, and no credential of systemd's.
    fileprivate var trustFileProblem: String? {
        switch tls {
        case .startTLS(.certificate(_, trust: .file(let path))),
            .implicit(.certificate(_, trust: .file(let path))):
            do throws(SystemError) { _ = try Files.read(path, limit: 1 << 24) } catch {
                return "tls_trust_file: \(path): cannot be read: \(error.reason)"
            }
            return nil
        case .off, .startTLS, .implicit: return nil
        }
    }
}
