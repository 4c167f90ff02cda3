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

    /// The sockets of the connections, by the order of their coming.
    private var sockets: [Int: StreamSocket] = [:]
    private var nextNumber = 0
    /// Rung when a connection has made room for another; one for each listener's task.
    private let room: [Alarm]

    /// More than this many at a time wait in the listener's backlog: each may hold a header of a megabyte and
    /// some hundred kilobytes beside it.
    static let maximumConnections = 256
    /// How long those that have begun may still need to say that they did not end.
    private static let farewellTime: Duration = .seconds(1)

    public init(_ office: SubmissionOffice, listeners: [Listener]) {
        self.office = office
        self.listeners = listeners
        ended = Alarm(on: office.loop)
        room = listeners.map { _ in Alarm(on: office.loop) }
    }

    /// Starts to accept.
    public func start() {
        for (listener, room) in zip(listeners, room) {
            office.loop.spawn { await self.accept(from: listener, room) }
        }
    }

    /// Stops listening and waits for the submissions that have begun, at most until the deadline; those that
    /// have not ended then are told so.
    public func finish(until deadline: Deadline) async {
        isClosed = true
        for listener in listeners { listener.close() }
        for alarm in room { alarm.ring() }
        await waitForConnections(until: deadline)
        for socket in sockets.values { socket.stopReading() }
        await waitForConnections(until: .after(Self.farewellTime))
    }

    private func waitForConnections(until deadline: Deadline) async {
        while activeConnections > 0, !deadline.hasPassed { await ended.sleep(until: deadline) }
    }

    private func accept(from listener: Listener, _ room: Alarm) async {
        var lastComplaint: Deadline?
        while !isClosed {
            while activeConnections >= Self.maximumConnections, !isClosed { await room.sleep(until: .never) }
            do throws(IOFailure) {
                let socket = try await listener.accept()
                activeConnections += 1
                office.loop.spawn { await self.serve(socket) }
            } catch {
                if isClosed { return }
                // No descriptors or no memory left, most likely: once a minute is enough to hear of it.
                if lastComplaint.map(\.hasPassed) ?? true {
                    office.log(LogEvent(.error, "cannot accept connections", [("error", error.description)]))
                    lastComplaint = .after(.seconds(60))
                }
                await Alarm(on: office.loop).sleep(until: .after(.milliseconds(100)))
            }
        }
    }

    private func serve(_ socket: StreamSocket) async {
        let number = nextNumber
        nextNumber += 1
        sockets[number] = socket
        lastActivity = monotonicNanoseconds()
        var connection = SubmissionConnection(socket, office: office)
        await connection.serve()
        socket.close()
        sockets[number] = nil
        activeConnections -= 1
        lastActivity = monotonicNanoseconds()
        ended.ring()
        for alarm in room { alarm.ring() }
    }
}
