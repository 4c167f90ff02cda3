// The opening of a session with a relay that may say anything: commands are single lines, nobody logs in
// where TLS is demanded and not there, and no session is ready without what its route asks for.
import FuzzSupport
import MailCore
import TLS

@testable import SMTPClient

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        var bytes = bytes
        var dialogue = Dialogue(makeRoute(bytes.popChoice()))
        dialogue.parser.append(bytes.span)
        dialogue.run()
    }
}

private func makeRoute(_ choice: UInt8) -> Route {
    let securities = [
        Security.plain, .startTLS(TLSSettings(), name: "mx"), .implicit(TLSSettings(), name: "mx"),
    ]
    let login = Login(user: "tim", account: "work")
    let authentications = [
        Authentication.none, .strongest(login), .mechanism("PLAIN", login), .mechanism("cram-md5", login),
    ]
    return Route(
        to: choice & 1 == 0 ? .host("mx.example.net", port: 25) : .unix(path: "/run/lmtp"),
        dialect: choice & 2 == 0 ? .smtp : .lmtp, security: securities[Int(choice >> 2) % 3],
        authentication: authentications[Int(choice >> 4) % 4], helloName: "client.example.org")
}

private struct Dialogue {
    let route: Route
    var opening: SessionOpening
    var parser = ReplyParser()
    var isSecure = false
    var isLoggedIn = false
    var isCancelled = false

    init(_ route: Route) {
        self.route = route
        opening = SessionOpening(route)
    }

    mutating func run() {
        var step = opening.start()
        while let next = carryOut(step) { step = next }
    }

    /// What follows the step; nil at the end of the dialogue or of what the relay says.
    private mutating func carryOut(_ step: SessionOpening.Step) -> SessionOpening.Step? {
        switch step {
        case .await: return receive()
        case .send(let command):
            check(command)
            isCancelled = isCancelled || command == .cancelAuthentication
            return receive()
        case .secure:
            demand(!isSecure, "one handshake is enough")
            isSecure = true
            return opening.secured()
        case .begin(let mechanism, _): return begin(mechanism)
        case .answer(let challenge):
            return challenge.count % 5 == 4
                ? opening.cancel("it is forged") : opening.respond(challenge, isComplete: true)
        case .ready:
            checkReady()
            return nil
        case .fail(let failure):
            demand(isOneLine(failure.text), "a failure is one line: \(failure.text)")
            return nil
        }
    }

    private mutating func receive() -> SessionOpening.Step? {
        guard let answer = try? parser.next() else { return nil }
        isLoggedIn = answer.reply.code == 235
        return opening.receive(answer)
    }

    private mutating func begin(_ mechanism: String) -> SessionOpening.Step {
        let isClear = ["PLAIN", "LOGIN"].contains(mechanism)
        if case .strongest = route.authentication, case .host = route.endpoint {
            demand(isSecure || !isClear, "no password goes over a network without TLS")
        }
        return opening.authenticate(
            mechanism, initialResponse: isClear ? [0, 1, 2] : nil, isComplete: isClear)
    }

    private func check(_ command: Command) {
        demand(command.bytes.suffix(2) == [ASCII.cr, ASCII.lf], "a command is a line")
        demand(!command.bytes.dropLast(2).contains(where: ASCII.isControl), "a command is one line")
        demand(isOneLine(command.shown), "a command can be shown")
        demand(command.phase != .authentication || isSecure || isPlain, "nobody logs in without TLS")
    }

    private func checkReady() {
        demand(isSecure || isPlain, "TLS is there where it is asked for")
        let asksForLogin = route.authentication != .none
        demand(!asksForLogin || isLoggedIn && !isCancelled, "a login is there where it is asked for")
    }

    private var isPlain: Bool { if case .plain = route.security { true } else { false } }
}
