// Passwords at the moment they are needed: from the configuration, a file, or a command, whose output is
// kept until a relay refuses it. No error shows any of it.
public import LinuxIO
public import SmarthostConfiguration

/// Gives credentials their passwords.
public actor Passwords {
    /// Reads a password file after checking who else can read it; throws one line of text.
    public typealias FileReader = @Sendable (_ path: String) throws(PasswordProblem) -> [UInt8]

    private let workers: WorkerPool
    private let readFile: FileReader
    private var known: [Credentials: Secret] = [:]

    /// How long a command may take.
    private static let commandTime: Duration = .seconds(60)

    public init(workers: WorkerPool, readFile: @escaping FileReader) {
        self.workers = workers
        self.readFile = readFile
    }

    /// The password to log in with.
    public func password(for credentials: Credentials) async throws(PasswordProblem) -> Secret {
        if case .inline(let secret) = credentials.password { return secret }
        if let secret = known[credentials] { return secret }
        let source = credentials.password
        let secret = try await workers.run { [readFile] () throws(PasswordProblem) in
            try Self.obtain(source, readFile)
        }
        known[credentials] = secret
        return secret
    }

    /// The relay refused it: next time the file is read or the command run again.
    public func forget(_ credentials: Credentials) { known[credentials] = nil }

    private static func obtain(
        _ source: PasswordSource, _ readFile: FileReader
    ) throws(PasswordProblem) -> Secret {
        switch source {
        case .inline(let secret): secret
        case .file(let path): try firstLine(readFile(path), of: path)
        case .command(let command): try firstLine(output(of: command), of: "passwordeval")
        }
    }

    private static func output(of command: String) throws(PasswordProblem) -> [UInt8] {
        do throws(CommandFailure) {
            return try outputOfShellCommand(command, until: .after(commandTime))
        } catch {
            throw PasswordProblem("passwordeval: the command \(error); run it by hand as the daemon's user")
        }
    }

    private static func firstLine(_ bytes: [UInt8], of source: String) throws(PasswordProblem) -> Secret {
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
