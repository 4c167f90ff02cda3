// A relay with a script: an SMTP or LMTP server in threads of its own that keeps what it is given and
// misbehaves where it is told to. Throws TestFailure.

import Glibc
import LinuxIO
import Synchronization

import func CLinux.accept4

/// Where a relay can be reached from the tested program.
public final class ScriptedRelay: Sendable {
    /// The steps of a session, in their order.
    public enum Step: String, Sendable, CaseIterable {
        case accept, greeting, hello, mail, recipient, data, content, endOfData
    }

    public struct Behaviour: Sendable {
        /// The step at which the connection is cut: at `greeting` after it, elsewhere in place of the reply.
        public var cutsAt: Step?
        /// What is said in place of the usual reply.
        public var replies: [Step: String] = [:]
        /// By recipient, in place of the usual reply to RCPT.
        public var recipientReplies: [String: String] = [:]
        /// LMTP: by recipient, in place of the usual reply to the message.
        public var finalReplies: [String: String] = [:]
        /// The initial responses of AUTH that log in; others are refused. Nil: no AUTH is offered.
        public var logins: Set<String>?
        /// Whether the reply to the message waits until this is false again.
        public var holdsFinalReply = false

        public init() {}
    }

    /// One transaction that came to its end.
    public struct Received: Sendable {
        public let reversePath: String
        public let recipients: [String]
        /// The lines MAIL and RCPT with their parameters.
        public let envelope: [String]
        /// Without the stuffed dots and the end mark; empty above `contentLimit`.
        public let content: [UInt8]
        /// As it came over the wire, stuffed dots included.
        public let size: Int
    }

    private struct State {
        var behaviour = Behaviour()
        var received: [Received] = []
        var connections = 0
        var loginAttempts: [String] = []
        var listener: (descriptor: Int32, thread: Thread)?
        var address: TestAddress
    }

    /// Larger contents are counted and not kept.
    public static let contentLimit = 8 << 20

    let isLMTP: Bool
    private let state: Mutex<State>

    /// Listens on a Unix socket at the path, else on a free port of 127.0.0.1.
    public init(lmtp: Bool = false, path: String? = nil, listens: Bool = true) throws {
        isLMTP = lmtp
        state = Mutex(State(address: path.map { .unix(path: $0) } ?? .loopback(port: 0)))
        try listen()
        if !listens { stopListening() }
    }

    deinit { stopListening() }

    /// The port on 127.0.0.1; 0 for a Unix socket.
    public var port: UInt16 {
        if case .loopback(let port) = state.withLock({ $0.address }) { return port }
        return 0
    }

    /// Keys of an account for it.
    public var account: String {
        let name = isLMTP ? "lmtp" : "smtp"
        return switch state.withLock({ $0.address }) {
        case .loopback(let port): "host 127.0.0.1\nport \(port)\nprotocol \(name)\n"
        case .unix(let path): "socket \(path)\nprotocol \(name)\n"
        }
    }

    public var received: [Received] { state.withLock { $0.received } }
    /// The initial responses of AUTH so far.
    public var loginAttempts: [String] { state.withLock { $0.loginAttempts } }
    public var connections: Int { state.withLock { $0.connections } }

    public var behaviour: Behaviour {
        get { state.withLock { $0.behaviour } }
        set { state.withLock { $0.behaviour = newValue } }
    }

    /// Listens (again) at its address.
    public func listen() throws {
        let wanted = state.withLock { $0.address }
        let descriptor = try wanted.bound(SOCK_STREAM)
        try check(Glibc.listen(descriptor, 64), "listen")
        let address = Self.bound(wanted, descriptor)
        let thread = try Thread(named: "relay") { [weak self] in
            while true {
                let number = accept4(descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
                guard number >= 0 else { return }
                self?.serve(number)
            }
        }
        state.withLock {
            $0.address = address
            $0.listener = (descriptor, thread)
        }
    }

    /// Nobody can connect until `listen`.
    public func stopListening() {
        let listener = state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
        guard let listener else { return }
        // Wakes the thread that accepts; only after its end may the number be used again.
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        listener.thread.join()
        close(listener.descriptor)
    }

    /// Whether that initial response logs in.
    func logIn(_ response: String) -> Bool {
        state.withLock {
            $0.loginAttempts.append(response)
            return $0.behaviour.logins?.contains(response) == true
        }
    }

    func keep(_ message: Received) { state.withLock { $0.received.append(message) } }

    private func serve(_ number: Int32) {
        state.withLock { $0.connections += 1 }
        let socket = TestSocket(number)
        _ = try? Thread(named: "relay") { [weak self] in
            guard let self else { return }
            var session = RelayDialogue(socket, self)
            session.run()
        }
    }

    private static func bound(_ wanted: TestAddress, _ descriptor: Int32) -> TestAddress {
        guard case .loopback = wanted else { return wanted }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
        }
        return .loopback(port: UInt16(bigEndian: address.sin_port))
    }
}
