// The sockets on which mail is handed in: accepts connections, counts them, and ends with them.
public import LinuxIO
internal import MailLog

/// Serves the submission listeners.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class SubmissionServer: @unchecked Sendable {
    private let office: SubmissionOffice
    private let listeners: [Listener]
    /// Rung when a connection has ended.
    private let ended: Alarm
    private var isClosed = false
    /// Connections that are being served.
    public private(set) var activeConnections = 0
    /// When the last connection began or ended, on the monotonic clock.
    public private(set) var lastActivity = monotonicNanoseconds()

    /// More than this many at a time are refused: each may hold a few hundred kilobytes.
    static let maximumConnections = 512

    public init(_ office: SubmissionOffice, listeners: [Listener]) {
        self.office = office
        self.listeners = listeners
        ended = Alarm(on: office.loop)
    }

    /// Starts to accept.
    public func start() {
        for listener in listeners { office.loop.spawn { await self.accept(from: listener) } }
    }

    /// Stops listening and waits for the submissions that have begun, at most until the deadline.
    public func finish(until deadline: Deadline) async {
        isClosed = true
        for listener in listeners { listener.close() }
        while activeConnections > 0, !deadline.hasPassed { await ended.sleep(until: deadline) }
    }

    private func accept(from listener: Listener) async {
        while true {
            do throws(IOFailure) {
                let socket = try await listener.accept()
                office.loop.spawn { await self.serve(socket) }
            } catch {
                if isClosed { return }
                office.log(LogEvent(.error, "cannot accept connections", [("error", error.description)]))
                await Alarm(on: office.loop).sleep(until: .after(.seconds(1)))
            }
        }
    }

    private func serve(_ socket: StreamSocket) async {
        activeConnections += 1
        lastActivity = monotonicNanoseconds()
        var connection = SubmissionConnection(socket, office: office)
        await connection.serve(isFull: activeConnections > Self.maximumConnections)
        socket.close()
        activeConnections -= 1
        lastActivity = monotonicNanoseconds()
        ended.ring()
    }
}
