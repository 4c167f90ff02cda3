// Which of a host's addresses is tried when: IPv6 and IPv4 by turns, a new one a moment after the last
// (RFC 8305). A value that is told what happened; AddressRacer connects. Moments are readings of one
// clock, as the time since its start.
internal import LinuxIO

/// The race of a host's addresses for one connection.
struct ConnectionRace {
    enum Step: Equatable {
        /// Begin to connect to it, then ask again.
        case start(SocketAddress)
        /// Wait for an attempt to end, but no longer than until that moment; nil for as long as it takes.
        case wait(until: Duration?)
        /// No attempt is left: none had an address, or that one's failure is the one to report.
        case lost(SocketAddress, IOFailure)
        case nothingToTry
    }

    /// RFC 8305 5: how long an attempt runs alone.
    static let delay: Duration = .milliseconds(250)

    private let addresses: [SocketAddress]
    private var untried: ArraySlice<SocketAddress>
    private var running = 0
    private var nextStart: Duration?
    private var failures: [SocketAddress: IOFailure] = [:]

    /// The addresses in the system's order of preference (RFC 6724).
    init(_ addresses: [SocketAddress]) {
        self.addresses = Self.interleaved(addresses)
        untried = self.addresses[...]
    }

    mutating func next(at now: Duration) -> Step {
        if let address = untried.first, running == 0 || (nextStart ?? now) <= now {
            untried.removeFirst()
            running += 1
            nextStart = now + Self.delay
            return .start(address)
        }
        if running > 0 { return .wait(until: untried.isEmpty ? nil : nextStart) }
        // The likeliest comes first, and so is its failure the one that helps.
        guard let first = addresses.first, let failure = failures[first] else { return .nothingToTry }
        return .lost(first, failure)
    }

    /// An attempt ended without a connection: the next one starts at once.
    mutating func failed(_ address: SocketAddress, _ failure: IOFailure) {
        running -= 1
        failures[address] = failure
        nextStart = nil
    }

    /// RFC 8305 4: the families by turns, each in its own order, the preferred one first.
    private static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
        guard let first = addresses.first else { return [] }
        let preferred = addresses.filter { $0.isIPv6 == first.isIPv6 }
        let others = addresses.filter { $0.isIPv6 != first.isIPv6 }
        return (0..<max(preferred.count, others.count)).flatMap { index in
            [preferred, others].compactMap { index < $0.count ? $0[index] : nil }
        }
    }
}
