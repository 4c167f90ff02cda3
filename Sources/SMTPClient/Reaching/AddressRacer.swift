// Connects to the first of a host's addresses that answers, as ConnectionRace says.
internal import LinuxIO

/// Where no address could be connected to: the one to name, and why it failed; nil where there was none.
struct RaceLost: Error {
    let failure: (address: SocketAddress, reason: IOFailure)?
}

/// The runner of a ``ConnectionRace``.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
final class AddressRacer: @unchecked Sendable {
    private let loop: EventLoop
    private let source: SocketAddress?
    private let deadline: Deadline
    private var race: ConnectionRace
    private var running: [SocketAddress: ConnectionAttempt] = [:]
    private var winner: (socket: StreamSocket, address: SocketAddress)?
    /// Rung when an attempt has ended.
    private let ended: Alarm

    init(
        _ addresses: [SocketAddress], from source: SocketAddress?, on loop: EventLoop,
        until deadline: Deadline
    ) {
        race = ConnectionRace(addresses)
        self.source = source
        self.loop = loop
        self.deadline = deadline
        ended = Alarm(on: loop)
    }

    /// The first connection there is; the other attempts are given up.
    func run() async throws(RaceLost) -> (socket: StreamSocket, address: SocketAddress) {
        while true {
            if let winner {
                for attempt in running.values { attempt.cancel() }
                return winner
            }
            switch race.next(at: now) {
            case .start(let address): start(address)
            case .wait(let moment):
                await ended.sleep(until: moment.map { .after($0 - now) } ?? .never)
            case .lost(let address, let reason): throw RaceLost(failure: (address, reason))
            case .nothingToTry: throw RaceLost(failure: nil)
            }
        }
    }

    private func start(_ address: SocketAddress) {
        do throws(IOFailure) {
            let attempt = try ConnectionAttempt(to: address, from: source, on: loop)
            running[address] = attempt
            loop.spawn { [self] in await follow(attempt, address) }
        } catch {
            race.failed(address, error)
        }
    }

    private func follow(_ attempt: ConnectionAttempt, _ address: SocketAddress) async {
        do throws(IOFailure) {
            let socket = try await attempt.finish(until: deadline)
            if winner == nil { winner = (socket, address) } else { socket.close() }
        } catch {
            race.failed(address, error)
        }
        running[address] = nil
        ended.ring()
    }

    private var now: Duration { .nanoseconds(Int64(clamping: monotonicNanoseconds())) }
}
