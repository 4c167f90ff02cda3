// Access tokens with an endpoint, files and a clock that the test makes up: how often they are asked for, when they
// are renewed, and what becomes of new refresh tokens.
import LinuxIO
import OAuth
import SmarthostConfiguration
import Synchronization
import TestSupport
import Testing

@testable import Delivery

@Suite struct AccessTokenTests {
    let workers: WorkerPool
    let world = MadeUpWorld()

    init() throws { workers = try WorkerPool(threads: 4, named: "worker") }

    private var tokens: AccessTokens { AccessTokens(workers: workers, world: world.world) }

    private func source(_ keys: String = "") throws -> TokenSource {
        let configuration = try parsedConfiguration(
            """
            account default
            host 127.0.0.1
            auth on
            user ann
            oauth_token_endpoint https://token.test/
            oauth_client_id id
            oauth_client_secret_file /client
            oauth_refresh_token_file /refresh
            \(keys)
            """ + "\n")
        guard case .relay(let relay) = configuration.defaultAccount?.route,
            case .on(let credentials, _) = relay.authentication,
            case .token(let source) = credentials.password
        else { throw TestFailure("no tokens") }
        return source
    }

    private func text(_ secret: Secret) -> String { String(decoding: secret.reveal(), as: UTF8.self) }

    @Test func oneTokenForManySessions() async throws {
        let (tokens, source) = (tokens, try source())
        let given = try await withThrowingTaskGroup(of: Secret.self) { group in
            for _ in 0..<20 { group.addTask { try await tokens.token(from: source) } }
            return try await group.reduce(into: Set<Secret>()) { $0.insert($1) }
        }
        #expect(given.map(text) == ["access-1"])
        #expect(
            world.requests == [
                "grant_type=refresh_token&client_id=id&client_secret=client&refresh_token=refresh"
            ])
    }

    /// A minute before its end, or half-way where it is short; at once where it has no time at all.
    @Test(arguments: [(3600, 3540), (100, 50), (119, 59), (121, 61), (1, 0)])
    func renewal(lifetime: Int, after: Int) async throws {
        world.answers { "\"expires_in\":\(lifetime),\($0)" }
        let (tokens, source) = (tokens, try source())
        _ = try await tokens.token(from: source)
        if after > 0 {
            world.now += Int64(after) * 1000 - 1
            #expect(text(try await tokens.token(from: source)) == "access-1")
            world.now += 1
        }
        #expect(text(try await tokens.token(from: source)) == "access-2")
    }

    @Test func withoutALifetimeItHoldsUntilItIsRefused() async throws {
        world.answers { $0 }
        let (tokens, source) = (tokens, try source())
        let first = try await tokens.token(from: source)
        world.now += 1_000_000_000
        #expect(try await tokens.token(from: source) == first)
        #expect(await tokens.renewed(first, from: source).map(text) == "access-2")
    }

    /// A token that was asked for just now has no better successor; one that served before may have expired.
    @Test func renewedOnceAfterARefusal() async throws {
        let (tokens, source) = (tokens, try source())
        let first = try await tokens.token(from: source)
        #expect(await tokens.renewed(first, from: source) == nil)
        _ = try await tokens.token(from: source)
        let second = try #require(await tokens.renewed(first, from: source))
        #expect(text(second) == "access-2")
        #expect(await tokens.renewed(second, from: source) == nil)
        // Another session still had the first.
        #expect(await tokens.renewed(first, from: source) == second)
        #expect(world.requests.count == 2)
        await tokens.forget(source)
        #expect(text(try await tokens.token(from: source)) == "access-3")
    }

    // MARK: New refresh tokens

    @Test func newRefreshTokenIsWrittenBackFirst() async throws {
        world.answers { "\"refresh_token\":\"refresh-2\",\($0)" }
        let (tokens, source) = (tokens, try source())
        _ = try await tokens.token(from: source)
        #expect(world.files["/refresh"] == "refresh-2\n")
        await tokens.forget(source)
        _ = try await tokens.token(from: source)
        #expect(world.requests.last?.hasSuffix("refresh_token=refresh-2") == true)
        #expect(world.writes == 1, "the same token is not written again")
        #expect(world.warnings == [])
    }

    @Test func newRefreshTokenThatCannotBeWritten() async throws {
        world.answers { "\"refresh_token\":\"refresh-2\",\($0)" }
        world.cannotWrite = true
        let (tokens, source) = (tokens, try source())
        _ = try await tokens.token(from: source)
        #expect(
            world.warnings == [
                "oauth_refresh_token_file: the new refresh token cannot be written and is lost when the daemon ends: /refresh: read-only; name a file that the daemon may replace, below its state directory"
            ])
        await tokens.forget(source)
        _ = try await tokens.token(from: source)
        #expect(world.requests.last?.hasSuffix("refresh_token=refresh-2") == true)
        // What an administrator puts there counts.
        world.files["/refresh"] = "mended"
        await tokens.forget(source)
        _ = try await tokens.token(from: source)
        #expect(world.requests.last?.hasSuffix("refresh_token=mended") == true)
    }

    @Test func theClientItself() async throws {
        let (tokens, source) = (tokens, try source("oauth_refresh_token_file"))
        _ = try await tokens.token(from: source)
        #expect(world.requests == ["grant_type=client_credentials&client_id=id&client_secret=client"])
    }

    // MARK: Failures

    @Test func failureIsNotKeptAndHasNoSecretInIt() async throws {
        world.reply = .answered(status: 400, body: Array(#"{"error":"invalid_grant"}"#.utf8))
        let (tokens, source) = (tokens, try source())
        let problem = await #expect(throws: PasswordProblem.self) { try await tokens.token(from: source) }
        #expect(
            problem?.description.hasPrefix(
                "https://token.test/ refused: invalid_grant; the refresh token has expired, was revoked")
                == true)
        world.reply = nil
        #expect(text(try await tokens.token(from: source)) == "access-2")
    }

    @Test(arguments: [("/refresh", "\n"), ("/client", nil)] as [(String, String?)])
    func secretThatIsNotThere(file: String, content: String?) async throws {
        world.files[file] = content
        let (tokens, source) = (tokens, try source())
        let problem = await #expect(throws: PasswordProblem.self) { try await tokens.token(from: source) }
        #expect(problem?.description.hasPrefix(file) == true)
        #expect(world.requests == [])
    }
}

/// Files, a clock and an endpoint that gives access-1, access-2 and so on.
final class MadeUpWorld: Sendable {
    private struct State {
        var files = ["/client": "client\n", "/refresh": "refresh\n"]
        var now: Int64 = 0
        var requests: [String] = []
        var writes = 0
        var cannotWrite = false
        var reply: TokenReply?
        var warnings: [String] = []
        var wrap: @Sendable (String) -> String = { "\"expires_in\":3600,\($0)" }
    }

    private let state = Mutex(State())

    var files: [String: String] {
        get { state.withLock { $0.files } }
        set { state.withLock { $0.files = newValue } }
    }
    var now: Int64 {
        get { state.withLock { $0.now } }
        set { state.withLock { $0.now = newValue } }
    }
    /// In place of a token.
    var reply: TokenReply? {
        get { state.withLock { $0.reply } }
        set { state.withLock { $0.reply = newValue } }
    }
    var cannotWrite: Bool {
        get { state.withLock { $0.cannotWrite } }
        set { state.withLock { $0.cannotWrite = newValue } }
    }
    /// The bodies.
    var requests: [String] { state.withLock { $0.requests } }
    var writes: Int { state.withLock { $0.writes } }
    var warnings: [String] { state.withLock { $0.warnings } }

    /// What stands in the object beside the token and its type.
    func answers(_ wrap: @escaping @Sendable (String) -> String) { state.withLock { $0.wrap = wrap } }

    var world: AccessTokens.World {
        AccessTokens.World(
            readFile: { [self] source throws(PasswordProblem) in
                guard let text = files["\(source)"] else { throw PasswordProblem("\(source): no such file") }
                return Array(text.utf8)
            },
            replaceFile: { [self] source, bytes throws(PasswordProblem) in
                if cannotWrite { throw PasswordProblem("\(source): read-only") }
                state.withLock {
                    $0.files["\(source)"] = String(decoding: bytes, as: UTF8.self)
                    $0.writes += 1
                }
            },
            ask: { [self] request in
                state.withLock { state in
                    state.requests.append(String(decoding: request.body, as: UTF8.self))
                    if let reply = state.reply { return reply }
                    let token =
                        "\"access_token\":\"access-\(state.requests.count)\",\"token_type\":\"Bearer\""
                    return .answered(status: 200, body: Array("{\(state.wrap(token))}".utf8))
                }
            },
            now: { [self] in now }, warn: { [self] line in state.withLock { $0.warnings.append(line) } })
    }
}
