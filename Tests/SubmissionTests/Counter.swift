// A submission department of the test's own: the real server on a socket and the real spool, in a temporary
// folder, with a delivery that only remembers what it was asked.
import LinuxIO
import MailCore
import MailLog
import SmarthostConfiguration
import Spool
import SubmissionWire
import Synchronization
import TestSupport

@testable import Submission

final class Counter: Sendable {
    let folder: TemporaryFolder
    let spool: SQLiteSpool
    let delivery = RecordingDelivery()
    let signing = ScriptedSigning()
    let events = Collector<LogEvent>()
    let office: SubmissionOffice
    private let loop: EventLoop
    private let server: SubmissionServer
    private let thread: Thread

    var log: [String] { events.values.map(\.line) }

    /// `spoolFault` stands in front of the real spool.
    init(
        _ configuration: String = "", user: UInt32 = 4_242, spoolFault: SpoolFailure? = nil
    ) throws {
        folder = try TemporaryFolder()
        loop = try EventLoop()
        spool = try SQLiteSpool.open(directory: folder.file("spool"))
        office = SubmissionOffice(
            try Self.parse(configuration), spool: FaultySpool(spool, spoolFault), delivery: delivery,
            signing: signing, loop: loop,
            workers: try WorkerPool(threads: 1, named: "worker"), host: .test(user),
            log: { [events] in events.add($0) })
        let listener = try Listener(
            path: folder.file("s"), user: nil, group: nil, mode: 0o600, on: loop)
        server = SubmissionServer(office, listeners: [listener])
        thread = try Thread(named: "loop") { [loop] in loop.run() }
        loop.spawn { [server] in server.start() }
    }

    deinit {
        loop.stop()
        thread.join()
    }

    private static func parse(_ text: String) throws -> Configuration {
        let source = ConfigurationSource(
            read: { _ throws(SourceFailure) in throw .notFound },
            run: { _ throws(SourceFailure) in throw .notFound }, environment: { _ in nil },
            homeDirectory: nil, stateDirectory: "/nonexistent",
            names: HostNames(hostName: { "host" }, canonicalName: { "host" }, mailName: { nil }),
            process: ProcessIdentity(userID: 0, groupID: 0))
        let safe = SmarthostConfiguration.FileMetadata(ownerID: 0, groupID: 0, mode: 0o600)
        return try Configuration.parse(
            SourceFile(bytes: Array(text.utf8), metadata: safe), path: "/test.conf", from: source)
    }

    // MARK: Callers

    /// The daemon ends, with no patience for those who have begun.
    func finish() async {
        await loop.spawn { [server] in await server.finish(until: .after(.zero)) }.value
    }

    func connect() throws -> TestSocket { try TestSocket(connectingTo: .unix(path: folder.file("s"))) }

    /// All that comes back for those bytes, in pieces that the daemon reads one by one.
    func exchange(_ pieces: [ArraySlice<UInt8>]) throws -> [UInt8] {
        let socket = try connect()
        for piece in pieces where !piece.isEmpty {
            socket.write(piece)
            if pieces.count > 1 { try socket.waitUntilRead() }
        }
        socket.endWriting()
        return socket.readAll()
    }

    func raw(_ message: String) throws -> String {
        String(decoding: try exchange([Array(message.utf8)[...]]), as: UTF8.self)
    }

    func submit(_ request: SubmissionRequest, _ message: String) throws -> Verdict {
        let (_, verdict) = try Self.decode(exchange([Self.framed(request, message)[...]]))
        guard let verdict else { throw TestFailure("no verdict") }
        return verdict
    }

    static func framed(_ request: SubmissionRequest, _ message: String) throws -> [UInt8] {
        var encoder = MessageEncoder()
        var bytes = try request.encoded()
        if request.command == .submit { bytes += encoder.data(Array(message.utf8)) }
        return bytes + encoder.end()
    }

    static func decode(_ bytes: [UInt8]) throws -> (output: String, verdict: Verdict?) {
        var decoder = AnswerDecoder()
        var input = bytes[...]
        var output: [UInt8] = []
        while let event = try decoder.next(&input) {
            switch event {
            case .output(let piece): output += piece
            case .verdict(let verdict): return (String(decoding: output, as: UTF8.self), verdict)
            }
        }
        return (String(decoding: output, as: UTF8.self), nil)
    }

    // MARK: What was stored

    func stored() async throws -> [QueuedMessage] { try await spool.list(limit: 1_000) }

    /// Header lines and body of the one message that is stored.
    func content() async throws -> (header: [String], body: String) {
        let all = try await stored()
        guard all.count == 1 else { throw TestFailure("\(all.count) messages are stored") }
        let header = String(decoding: try await spool.header(all[0].id), as: UTF8.self)
        let reader = try await spool.body(all[0].id)
        var body: [UInt8] = []
        while let piece = try await reader.next() { body += piece }
        return (
            header.split(separator: "\r\n").map(String.init), String(decoding: body, as: UTF8.self)
        )
    }
}

/// Remembers what it was asked, and answers as the test says.
final class RecordingDelivery: DeliveryAgent {
    let stored = Collector<QueueID>()
    let direct = Collector<QueueID>()
    let flushed = Collector<QueueID?>()
    private let results = Mutex<[RecipientResult]>([])

    var answer: [RecipientResult] {
        get { results.withLock { $0 } }
        set { results.withLock { $0 = newValue } }
    }

    func messageStored(_ id: QueueID) async { stored.add(id) }
    func deliverNow(_ id: QueueID) async -> [RecipientResult] {
        direct.add(id)
        return answer
    }
    func flush(_ id: QueueID?) async throws(SpoolFailure) -> Int {
        flushed.add(id)
        return 3
    }
    func attemptsUnderWay() async -> Int { 2 }
    func accountReport(_ format: @Sendable (Int64) -> String) async -> String {
        "account default: held until \(format(5))\n"
    }
}

/// Says what it was asked, and refuses what is asked of `refused.example`.
struct ScriptedSigning: SigningAgent {
    func rotateKeys(of domain: String, selector: String?) async throws(SigningRefusal) -> String {
        if domain == "refused.example" { throw SigningRefusal(.unknown, "no such key") }
        return "rotate \(domain) \(selector ?? "-")\n"
    }

    func cancelRotation(of domain: String) async throws(SigningRefusal) -> String { "cancel \(domain)\n" }

    func keyStatus(of domain: String?) async throws(SigningRefusal) -> String {
        if domain == "broken.example" { throw SigningRefusal(.system, "the disk is full") }
        return "status \(domain ?? "-")\n"
    }

    func unsignedMessages() async -> Int { 3 }
}

extension HostFacts {
    static func test(_ user: UInt32) -> HostFacts {
        HostFacts(
            name: "host.test", userID: user, version: "0.0", now: { 1_700_000_000_000 },
            utcOffset: { _ in 3_600 },
            format: { "\($0)" }, uniqueToken: { "token" })
    }
}

extension SubmissionRequest {
    static func submit(
        to recipients: String..., from reversePath: String? = nil, header: Bool = false,
        mode: DeliveryMode? = nil
    ) -> SubmissionRequest {
        var request = SubmissionRequest(.submit)
        request.recipients = recipients.map { Array($0.utf8) }
        request.reversePath = reversePath.map { Array($0.utf8) }
        request.recipientsFromHeader = header
        request.deliveryMode = mode
        return request
    }

    static func control(_ command: Command, _ arguments: String...) -> SubmissionRequest {
        var request = SubmissionRequest(command)
        request.arguments = arguments.map { Array($0.utf8) }
        return request
    }
}

/// `account default`, over a relay that nobody asks.
let relayAccount = "account default\nhost relay.test\n"
