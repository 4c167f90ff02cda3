// Passwords and tokens at the moment they are needed: from the configuration, a file, or a command, whose output is
// kept until a relay refuses it; access tokens from ``AccessTokens``. No error shows any of it.
public import LinuxIO
public import SmarthostConfiguration

/// Gives credentials their passwords.
public actor Passwords {
    /// Reads a secret's file after checking who else can read it; throws one line of text.
    public typealias FileReader = @Sendable (_ source: KeySource) throws(PasswordProblem) -> [UInt8]

    private let workers: WorkerPool
    private let readFile: FileReader
    private let tokens: AccessTokens?
    private var known: [Credentials: Secret] = [:]

    /// How long a command may take.
    private static let commandTime: Duration = .seconds(60)

    public init(workers: WorkerPool, readFile: @escaping FileReader, tokens: AccessTokens? = nil) {
        self.workers = workers
        self.readFile = readFile
        self.tokens = tokens
    }

    /// The password or token to log in with.
    public func password(for credentials: Credentials) async throws(PasswordProblem) -> Secret {
        switch credentials.password {
        case .none: return Secret([])
        case .inline(let secret): return secret
        case .token(let source):
            guard let tokens else { throw PasswordProblem("access tokens cannot be asked for here") }
            return try await tokens.token(from: source)
        case .command, .file, .netrc:
            if let secret = known[credentials] { return secret }
            return try await obtain(credentials)
        }
    }

    /// The relay refused it: the next one, where it is another that may do better; else nil.
    public func renewed(_ refused: Secret, for credentials: Credentials) async -> Secret? {
        switch credentials.password {
        case .none, .inline: return nil
        case .token(let source): return await tokens?.renewed(refused, from: source)
        case .command, .file, .netrc:
            if let secret = known[credentials], secret != refused { return secret }
            guard let secret = try? await obtain(credentials), secret != refused else { return nil }
            return secret
        }
    }

    /// The relay refused it: next time the file is read or the command run again.
    public func forget(_ credentials: Credentials) async {
        known[credentials] = nil
        if case .token(let source) = credentials.password { await tokens?.forget(source) }
    }

    private func obtain(_ credentials: Credentials) async throws(PasswordProblem) -> Secret {
        let secret = try await workers.run { [readFile] () throws(PasswordProblem) in
            try Self.obtain(credentials, readFile)
        }
        known[credentials] = secret
        return secret
    }

    private static func obtain(
        _ credentials: Credentials, _ readFile: FileReader
    ) throws(PasswordProblem) -> Secret {
        switch credentials.password {
        case .none, .token: Secret([])
        case .inline(let secret): secret
        case .file(let source): try firstLine(readFile(source), of: "\(source)")
        case .command(let command): try firstLine(output(of: command), of: "passwordeval")
        case .netrc(let host, let files): try entry(for: host, credentials.user, in: files, readFile)
        }
    }

    /// The first file that has it, as in msmtp.
    private static func entry(
        for host: String, _ user: String, in files: [String], _ readFile: FileReader
    ) throws(PasswordProblem) -> Secret {
        for file in files {
            let content = try readFile(.file(file))
            if let secret = Netrc.password(in: content, host: host, user: user), !secret.isEmpty {
                return secret
            }
        }
        throw PasswordProblem(
            "no password for \(user) at \(host) in \(files.joined(separator: ", ")); set password_file, passwordeval "
                + "or password, or add `machine \(host) login \(user) password …`")
    }

    private static func output(of command: String) throws(PasswordProblem) -> [UInt8] {
        do throws(CommandFailure) {
            return try outputOfShellCommand(command, until: .after(commandTime))
        } catch {
            throw PasswordProblem("passwordeval: the command \(error); run it by hand as the daemon's user")
        }
    }

    static func firstLine(_ bytes: [UInt8], of source: String) throws(PasswordProblem) -> Secret {
        let secret = Secret(firstLineOf: bytes)
        if secret.isEmpty {
            throw PasswordProblem("\(source): the first line, where the password should be, is empty")
        }
        return secret
    }
}

/// A password that cannot be had; one line without the secret.
public struct PasswordProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
