// Every dialogue of Tests/Dialogues, over real sockets: the client and the scripted server on one loop.
import LinuxIO
import MailCore
import SASL
import SMTPClient
import TLS
import TestSupport
import Testing

@Suite struct DialogueTests {
    static let names: [String] = {
        let names = (try? Files.names(in: dialoguesFolder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted()
    }()

    @Test("there are dialogues to play") func finds() { #expect(Self.names.count >= 170) }

    @Test("a dialogue goes as it is written", arguments: names)
    func plays(name: String) async throws {
        let text = try Files.read("\(dialoguesFolder)/\(name)", limit: 1_000_000)
        let dialogue = try ScriptedDialogue(String(decoding: text, as: UTF8.self))
        let (results, problems, secrets) = try await onLoop { loop in try await run(dialogue, on: loop) }
        #expect(problems == [])
        #expect(results == dialogue.results)
        #expect(secrets == [], "a secret is in the transcript")
    }
}

/// What became of the messages, as the lines behind `=`; where the client left the script; and lines of
/// the transcript that should not have a secret in them.
private func run(
    _ dialogue: ScriptedDialogue, on loop: EventLoop
) async throws -> (results: [String], problems: [String], secrets: [String]) {
    let server = try ScriptedServer(unix: dialogue.route.contains("unix"), on: loop)
    let playing = loop.spawn { await server.play(dialogue.connections) }
    let workers = try WorkerPool(threads: 1, named: "work")
    let log = Log()
    let transcript = Transcript(showsContent: dialogue.messages.allSatisfy { $0.content.utf8.count < 1000 }) {
        log.lines.append($1)
    }
    let connector = RelayConnector(
        on: loop, workers: workers, credentials: TestCredentials(renews: dialogue.route.contains("renews")),
        transcript: transcript)
    let pool = RelayPool(connector, limits: makeLimits(dialogue.route))
    let route = try makeRoute(dialogue.route, to: server.endpoint)
    var results: [String] = []
    for message in dialogue.messages {
        let report = await pool.deliver(message, over: route)
        results += describe(report, message.recipients).map { line in
            line.replacing(server.endpoint.description, with: "RELAY")
                .replacing(dialoguesFolder + "/certificates", with: "CERTIFICATES")
        }
    }
    await pool.close()
    if dialogue.connections.count > connectionsMade(log) { server.stop() }
    await playing.value
    server.stop()
    workers.shutDown()
    let secrets = ["dGFuc3RhYWZ", "AHRpbQB0", "tanstaaf", "dGltIGI5", "dXNlcj10aW0", "AHRpbQByZW5ld2Vk"]
    return (results, server.problems, log.lines.filter { line in secrets.contains { line.contains($0) } })
}

private func connectionsMade(_ log: Log) -> Int { log.lines.count { $0.hasPrefix("connected to") } }

/// Touched on the loop's thread only.
private final class Log: @unchecked Sendable { var lines: [String] = [] }

/// The user of RFC 2195's example.
struct TestCredentials: CredentialSource {
    /// Whether a refused password has a successor.
    var renews = false

    func credentials(for login: Login) async throws(DeliveryFailure) -> SASLCredentials {
        SASLCredentials(user: login.user, password: "tanstaaftanstaaf")
    }

    func renewed(_ refused: SASLCredentials, for login: Login) async -> SASLCredentials? {
        renews ? SASLCredentials(user: login.user, password: "renewed") : nil
    }
}

private func makeLimits(_ words: [String]) -> PoolLimits {
    PoolLimits(
        messagesPerConnection: words.contains("one-message-each") ? 1 : 100,
        probeAfter: words.contains("probe-always") ? .zero : .seconds(60))
}

private func makeRoute(_ words: [String], to endpoint: Endpoint) throws -> Route {
    var route = Route(to: endpoint, helloName: "client.example.org")
    let settings = makeTLSSettings(words)
    let login = Login(user: words.contains("nobody") ? "" : "tim", account: "work")
    for word in words {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        switch parts[0] {
        case "unix", "probe-always", "one-message-each", "renews", "nobody": break
        case "trust", "lists", "fingerprint", "client-certificate": break
        case "opportunistic": route.security = .opportunistic(settings, name: "relay.test")
        case "lmtp": route.dialect = .lmtp
        case "starttls": route.security = .startTLS(settings, name: parts.count > 1 ? parts[1] : "relay.test")
        case "implicit": route.security = .implicit(settings, name: "relay.test")
        case "auth" where parts[1] == "on": route.authentication = .strongest(login)
        case "auth" where parts[1] == "token": route.authentication = .token(login)
        case "auth": route.authentication = .mechanism(parts[1], login)
        case "no-time-for":
            switch parts[1] {
            case "greeting": route.timeouts.greeting = .zero
            case "mail": route.timeouts.mail = .zero
            case "chunk": route.timeouts.dataBlock = .zero
            case "rcpt": route.timeouts.recipient = .zero
            case "data": route.timeouts.data = .zero
            case "hello": route.timeouts.command = .zero
            case "auth": route.timeouts.authentication = .zero
            case "end": route.timeouts.endOfData = .zero
            case "tls": route.timeouts.tlsHandshake = .zero
            default: throw ScriptedDialogue.Mistake(line: word)
            }
        default: throw ScriptedDialogue.Mistake(line: word)
        }
    }
    return route
}

/// `trust=` and `lists=` name files in certificates/.
private func makeTLSSettings(_ words: [String]) -> TLSSettings {
    func value(of key: String) -> String? {
        words.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.utf8.count + 1)) }
    }
    let lists = value(of: "lists").map { "\(dialoguesFolder)/certificates/\($0).pem" }
    let trust = TLSSettings.Trust.file(certificatePath(value(of: "trust") ?? "relay"))
    var settings = TLSSettings(.authority(trust, revocationLists: lists))
    if let digits = value(of: "fingerprint") { settings.verification = .fingerprint(fingerprint(digits)) }
    if words.contains("opportunistic") { settings.verification = .off }
    if words.contains("client-certificate") {
        settings.clientCertificate = ClientCertificate(
            certificateFile: certificatePath("client"), keyFile: dialoguesFolder + "/certificates/relay.key")
    }
    return settings
}

private func fingerprint(_ digits: String) -> Fingerprint {
    let digits = Array(digits)
    let pairs = stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<$0 + 2]) }
    return Fingerprint(.sha256, pairs.compactMap { UInt8($0, radix: 16) })
}

private func describe(_ report: DeliveryReport, _ recipients: [String]) -> [String] {
    zip(recipients, report.outcomes).map { address, outcome in
        let recipient = String(printable: address.utf8)
        return switch outcome {
        case .delivered(let reply): "\(recipient): delivered, \(reply)"
        case .failed(let failure):
            "\(recipient): \(failure.disposition), \(failure.scope), \(failure.phase.rawValue), \(failure.enhanced)"
                + (failure.mayHaveBeenDelivered ? " (may have been delivered)" : "") + "; \(failure.text)"
        }
    } + ["session: \(report.sessionIsReusable ? "kept" : "closed")"]
}

extension ScriptedDialogue.Message {
    var outgoing: OutgoingMessage {
        let sender = Self.address(sender)
        let envelope = Envelope(
            reversePath: sender.map { .address($0) } ?? .null,
            recipients: recipients.compactMap(Self.address))
        var message = OutgoingMessage(envelope, size: size ?? content.utf8.count, is8Bit: is8Bit)
        message.notification = notification
        message.requiresTLS = requiresTLS
        return message
    }

    /// The content in two pieces, which part in the middle of a line.
    func pieces() -> () async throws(DeliveryFailure) -> [UInt8]? {
        let bytes = Array(content.utf8)
        var pieces = [Array(bytes[..<20]), Array(bytes[20...])]
        let fails = contentFails
        return { () throws(DeliveryFailure) in
            if fails, pieces.count == 1 {
                throw DeliveryFailure(.transient, .message, .storage, "the spool cannot be read")
            }
            return pieces.isEmpty ? nil : pieces.removeFirst()
        }
    }

    static func address(_ text: String) -> EmailAddress? {
        guard let at = text.lastIndex(of: "@") else {
            return text.isEmpty ? nil : EmailAddress(localPart: text, domain: nil)
        }
        return EmailAddress(localPart: String(text[..<at]), domain: String(text[text.index(after: at)...]))
    }
}
