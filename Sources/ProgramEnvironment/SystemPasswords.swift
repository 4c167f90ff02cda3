// Passwords and tokens of this system, for the daemon and smarthostctl alike: files with their permissions checked,
// and smarthost-token, which asks for tokens.
public import Delivery
public import LinuxIO
internal import OAuth
internal import SmarthostConfiguration

extension Passwords {
    /// Those of this system. `warn` is told what goes wrong but stops nothing.
    public static func system(workers: WorkerPool, warn: @escaping @Sendable (String) -> Void) -> Passwords {
        let world = AccessTokens.World(
            readFile: systemFileReader, replaceFile: replaceSecretFile, ask: askByHelper,
            now: { Int64(monotonicNanoseconds() / 1_000_000) }, warn: warn)
        return Passwords(
            workers: workers, readFile: systemFileReader, tokens: AccessTokens(workers: workers, world: world)
        )
    }

    /// Reads a secret's file.
    public static let systemFileReader: FileReader = { source throws(PasswordProblem) in
        do throws(SecretFileProblem) {
            let path = try source.path(of: "password", environment: { environmentValue($0) })
            do throws(SecretFileProblem) {
                return try SecretFiles.read(path)
            } catch {
                throw SecretFileProblem(description: source.naming(error.description))
            }
        } catch {
            throw PasswordProblem(error.description)
        }
    }
}

private func replaceSecretFile(_ source: KeySource, _ bytes: [UInt8]) throws(PasswordProblem) {
    do throws(SecretFileProblem) {
        let path = try source.path(of: "token", environment: { environmentValue($0) })
        // systemd's copy is read-only, and the file behind it would be read at the next start only.
        if case .credential = source {
            throw SecretFileProblem(description: "\(source): a credential cannot be written")
        }
        do throws(SystemError) { try Files.replace(path, with: bytes) } catch {
            throw SecretFileProblem(description: error.description)
        }
    } catch {
        throw PasswordProblem(error.description)
    }
}

/// Runs smarthost-token.
private func askByHelper(_ request: TokenRequest) -> TokenReply {
    guard let path = tokenHelper else {
        return .failed(
            "the program smarthost-token is missing; install it into \(helperFolders.joined(separator: " or "))"
        )
    }
    do throws(CommandFailure) {
        let output = try outputOfProgram(
            path, input: request.encoded, limit: TokenReply.bodyAtMost + 1000, until: .after(.seconds(45)))
        return TokenReply(encoded: output) ?? .failed("smarthost-token said nothing that makes sense")
    } catch {
        return .failed("smarthost-token \(error)")
    }
}

/// Beside this program, where a build has it, and where `make install` puts it.
private var helperFolders: [String] {
    guard let folder = Files.resolved("/proc/self/exe").flatMap(Files.parent) else {
        return ["/usr/local/lib/smarthost"]
    }
    let prefix = Files.parent(of: folder).map { $0 == "/" ? "" : $0 } ?? ""
    return [folder, "\(prefix)/lib/smarthost"]
}

private var tokenHelper: String? {
    helperFolders.map { "\($0)/smarthost-token" }.first { (try? FileMetadata(path: $0))?.isRegular == true }
}
