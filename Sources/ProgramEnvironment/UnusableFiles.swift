// Files that the configuration names and that are not read before mail goes out: what is wrong with them is
// told when the daemon starts, and not by the first mail that stays in the queue.
internal import LinuxIO
public import SmarthostConfiguration

extension Configuration {
    /// A line for each password file and trust file that this process cannot use as it is now.
    public func unusableFiles() -> [String] {
        accounts.flatMap { account -> [String] in
            guard case .relay(let relay) = account.route else { return [] }
            return [relay.passwordFileProblem, relay.trustFileProblem].compactMap(\.self)
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
