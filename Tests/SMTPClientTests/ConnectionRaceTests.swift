// The order and the pace in which a host's addresses are tried (RFC 8305), by a manual clock.
import LinuxIO
import Testing

@testable import SMTPClient

@Suite struct ConnectionRaceTests {
    static let six = ["2001:db8::1", "2001:db8::2"].compactMap { SocketAddress(ip: $0, port: 25) }
    static let four = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].compactMap { SocketAddress(ip: $0, port: 25) }

    /// The addresses in the order in which a race that waits out each delay starts them.
    private func order(_ addresses: [SocketAddress]) -> [SocketAddress] {
        var race = ConnectionRace(addresses)
        var now = Duration.zero
        var started: [SocketAddress] = []
        for _ in 0..<20 {
            switch race.next(at: now) {
            case .start(let address): started.append(address)
            case .wait(let moment?): now = moment
            case .wait(nil), .lost, .nothingToTry: return started
            }
        }
        return started
    }

    @Test func familiesTakeTurns() {
        #expect(
            order(Self.six + Self.four) == [
                Self.six[0], Self.four[0], Self.six[1], Self.four[1], Self.four[2],
            ])
        #expect(order(Self.four + Self.six).prefix(2) == [Self.four[0], Self.six[0]])
        #expect(order(Self.four) == Self.four)
    }

    @Test func theNextStartsAfterAMoment() {
        var race = ConnectionRace([Self.six[0], Self.four[0]])
        #expect(race.next(at: .zero) == .start(Self.six[0]))
        #expect(race.next(at: .milliseconds(1)) == .wait(until: .milliseconds(250)))
        #expect(race.next(at: .milliseconds(250)) == .start(Self.four[0]))
        #expect(race.next(at: .milliseconds(250)) == .wait(until: nil))
    }

    @Test func theNextStartsAtOnceAfterAFailure() {
        var race = ConnectionRace(Self.six + Self.four)
        #expect(race.next(at: .zero) == .start(Self.six[0]))
        race.failed(Self.six[0], .timedOut)
        #expect(race.next(at: .milliseconds(1)) == .start(Self.four[0]))
    }

    @Test func theLikeliestAddressesFailureIsTold() {
        var race = ConnectionRace([Self.six[0], Self.four[0]])
        _ = race.next(at: .zero)
        _ = race.next(at: .milliseconds(250))
        race.failed(Self.four[0], .timedOut)
        #expect(race.next(at: .seconds(1)) == .wait(until: nil))
        race.failed(Self.six[0], .closed)
        #expect(race.next(at: .seconds(2)) == .lost(Self.six[0], .closed))
    }

    @Test func nothingToTry() {
        var race = ConnectionRace([])
        #expect(race.next(at: .zero) == .nothingToTry)
    }
}
