// OAuth's access tokens: asked for when one is needed, kept until shortly before they expire or a relay refuses
// them, for all sessions together. A new refresh token is written back before the access token is used.
public import LinuxIO
public import OAuth
public import SmarthostConfiguration

public actor AccessTokens {
    /// The world outside; all of these block and run on a worker.
    public struct World: Sendable {
        public var readFile: Passwords.FileReader
        /// Puts a new secret into a file's place, for good.
        public var replaceFile: @Sendable (_ source: KeySource, [UInt8]) throws(PasswordProblem) -> Void
        /// Asks the endpoint.
        public var ask: @Sendable (TokenRequest) -> TokenReply
        /// Milliseconds on a clock that is never set.
        public var now: @Sendable () -> Int64
        /// Told what went wrong but stops nothing.
        public var warn: @Sendable (String) -> Void

        public init(
            readFile: @escaping Passwords.FileReader,
            replaceFile: @escaping @Sendable (KeySource, [UInt8]) throws(PasswordProblem) -> Void,
            ask: @escaping @Sendable (TokenRequest) -> TokenReply, now: @escaping @Sendable () -> Int64,
            warn: @escaping @Sendable (String) -> Void
        ) {
            self.readFile = readFile
            self.replaceFile = replaceFile
            self.ask = ask
            self.now = now
            self.warn = warn
        }
    }

    private struct Known {
        let token: Secret
        /// Nil where the endpoint did not say how long it holds.
        let renewal: Int64?
        /// How often it was given out.
        var uses = 0
    }

    private typealias Outcome = Result<Known, PasswordProblem>

    private let workers: WorkerPool
    private let world: World
    private var known: [TokenSource: Known] = [:]
    private var underWay: [TokenSource: Task<Outcome, Never>] = [:]
    /// Refresh tokens that could not be written back, and those in the file that they replace.
    private var unwritten: [TokenSource: (old: Secret, new: Secret)] = [:]

    public init(workers: WorkerPool, world: World) {
        self.workers = workers
        self.world = world
    }

    /// A token that holds for a while yet.
    public func token(from source: TokenSource) async throws(PasswordProblem) -> Secret {
        if let entry = known[source], entry.renewal.map({ world.now() < $0 }) ?? true {
            return use(entry, source)
        }
        // Who comes while one is asked for waits for that: a refresh token may be good for one time only.
        let task = underWay[source] ?? Task { await obtain(from: source) }
        underWay[source] = task
        let outcome = await task.value
        if underWay[source] == task {
            underWay[source] = nil
            if case .success(let entry) = outcome { known[source] = entry }
        }
        return use(try outcome.get(), source)
    }

    /// The relay refused this one. A token that was new for that login has no better successor.
    public func renewed(_ refused: Secret, from source: TokenSource) async -> Secret? {
        if let entry = known[source], entry.token == refused {
            guard entry.uses > 1 else { return nil }
            known[source] = nil
        }
        guard let token = try? await token(from: source), token != refused else { return nil }
        return token
    }

    public func forget(_ source: TokenSource) { known[source] = nil }

    private func use(_ entry: Known, _ source: TokenSource) -> Secret {
        known[source]?.uses += 1
        return entry.token
    }

    // MARK: Asking

    private func obtain(from source: TokenSource) async -> Outcome {
        do throws(PasswordProblem) {
            let pending = unwritten[source]
            let (answer, stored) = try await workers.run { [world] () throws(PasswordProblem) in
                try Self.ask(source, pending, world)
            }
            if let new = answer.refreshToken, let stored, Secret(new) != stored {
                await keep(Secret(new), insteadOf: stored, source)
            }
            // Half of a short life, a minute of a long one.
            let renewal = answer.lifetime.map { world.now() + Int64(max($0 - 60, $0 / 2)) * 1000 }
            return .success(Known(token: Secret(answer.accessToken), renewal: renewal))
        } catch {
            return .failure(error)
        }
    }

    private static func ask(
        _ source: TokenSource, _ pending: (old: Secret, new: Secret)?, _ world: World
    ) throws(PasswordProblem) -> (TokenAnswer, stored: Secret?) {
        let clientSecret = try source.clientSecret.map { (file) throws(PasswordProblem) in
            try Passwords.firstLine(world.readFile(file), of: "\(file)")
        }
        let stored = try source.refreshToken.map { (file) throws(PasswordProblem) in
            try Passwords.firstLine(world.readFile(file), of: "\(file)")
        }
        // Somebody may have put a third one there meanwhile.
        let refreshToken = pending.flatMap { $0.old == stored ? $0.new : nil } ?? stored
        let request = TokenRequest(
            endpoint: source.endpoint, trustFile: source.trustFile, clientID: source.clientID,
            clientSecret: clientSecret?.reveal(), refreshToken: refreshToken?.reveal(), scope: source.scope)
        do throws(TokenProblem) {
            return (try TokenAnswer(world.ask(request)), stored)
        } catch {
            throw PasswordProblem("\(source.endpoint) \(error)")
        }
    }

    /// Writes a new refresh token back; where that fails it is kept here for as long as the daemon runs.
    private func keep(_ new: Secret, insteadOf old: Secret, _ source: TokenSource) async {
        guard let file = source.refreshToken else { return }
        do throws(PasswordProblem) {
            try await workers.run { [world] () throws(PasswordProblem) in
                try world.replaceFile(file, new.reveal() + [0x0A])
            }
            unwritten[source] = nil
        } catch {
            unwritten[source] = (old, new)
            world.warn(
                "oauth_refresh_token_file: the new refresh token cannot be written and is lost when the daemon ends: "
                    + "\(error); name a file that the daemon may replace, below its state directory")
        }
    }
}
