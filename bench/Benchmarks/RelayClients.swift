// The mail programs that relay to the sink: ours, and by bench/relay-peer Postfix and msmtp. Each is started with a
// full queue while the relay greets nobody; msmtp, which has none, with its loop. Throws BenchmarkFailure.
import LinuxIO

enum RelayClient {
    case smarthostd(isSigning: Bool)
    /// With smtp_tls_connection_reuse or, as its default is, without.
    case postfix(isReusing: Bool)
    case msmtp

    var name: String {
        switch self {
        case .smarthostd(let isSigning): isSigning ? "smarthostd, signing with RSA-2048" : "smarthostd"
        case .postfix(let isReusing): isReusing ? "Postfix, reusing TLS connections" : "Postfix by default"
        case .msmtp: "msmtp, one by one"
        }
    }

    var hasQueue: Bool { if case .msmtp = self { false } else { true } }

    private static let recipient = "recipient@example.net"
    private static let size = 10_240

    func start(
        _ place: Workplace, _ port: UInt16, mails: Int, on loop: EventLoop
    ) async throws(BenchmarkFailure) -> RunningRelayClient {
        try place.write("\(place.folder)/message-10k", sampleMessage(size: Self.size))
        let peer = RelayPeer(place, loop)
        switch self {
        case .smarthostd(let isSigning):
            let daemon = try await DaemonUnderTest(place, relayPort: port, isSigning: isSigning, on: loop)
            try await Submitters(place, messages: mails, size: Self.size, on: loop).run()
            return .daemon(daemon, place)
        case .postfix(let isReusing):
            try await peer.run("postfix-start", "\(port)", isReusing ? "yes" : "no")
            try await peer.run("postfix-fill", "\(mails)", Self.recipient)
            let text = String(decoding: try place.read("\(place.folder)/postfix.pid"), as: UTF8.self)
            guard let master = Int32(text.filter(\.isNumber)) else {
                throw BenchmarkFailure("bench/relay-peer: Postfix's process is not known")
            }
            return .postfix(master: master, peer)
        case .msmtp:
            return .msmtp(try peer.start("msmtp", "\(port)", "\(mails)", Self.recipient), peer)
        }
    }
}

enum RunningRelayClient {
    case daemon(DaemonUnderTest, Workplace)
    case postfix(master: Int32, RelayPeer)
    case msmtp(RunningProgram, RelayPeer)

    /// CPU seconds so far, by thread or program.
    func processor() throws(BenchmarkFailure) -> [String: Double] {
        switch self {
        case .daemon(let daemon, _): try daemon.usage().daemon
        case .postfix(let master, _): try processorSeconds(ofFamily: master)
        case .msmtp(let loop, _): try processorSeconds(ofFamily: loop.id)
        }
    }

    func end() async throws(BenchmarkFailure) {
        switch self {
        case .daemon(let daemon, let place): try daemon.end(place)
        case .postfix(_, let peer): try await peer.run("postfix-stop")
        case .msmtp(let program, let peer): try await program.succeed(on: peer.loop)
        }
    }
}

/// bench/relay-peer, which must run where the relay is: in the laboratory.
struct RelayPeer {
    let place: Workplace
    let loop: EventLoop

    init(_ place: Workplace, _ loop: EventLoop) {
        self.place = place
        self.loop = loop
    }

    func start(_ verb: String, _ arguments: String...) throws(BenchmarkFailure) -> RunningProgram {
        try program(verb, arguments).start()
    }

    func run(_ verb: String, _ arguments: String...) async throws(BenchmarkFailure) {
        let program = program(verb, arguments)
        do throws(BenchmarkFailure) { try await program.start().succeed(on: loop) } catch {
            let said = (try? place.read(program.output)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            throw BenchmarkFailure("\(error.text): \(said)")
        }
    }

    private func program(_ verb: String, _ arguments: [String]) -> Program {
        let program = Program(
            path: "bench/relay-peer", arguments: [verb, place.folder] + arguments,
            output: "\(place.folder)/\(verb).log")
        Report.command(program.commandLine)
        return program
    }
}
