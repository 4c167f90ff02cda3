// The same mails from a full queue through one account to the same relay: smarthostd, and Postfix and msmtp where
// there is a laboratory's tree. Near by, for CPU, and at a distance, for round trips. Throws BenchmarkFailure.
import LinuxIO

struct Relaying {
    private let place: Workplace
    private let loop: EventLoop

    init(_ place: Workplace, _ loop: EventLoop) {
        self.place = place
        self.loop = loop
    }

    func run() async throws(BenchmarkFailure) {
        let hasPeers = environmentValue("SMARTHOST_LAB") != nil
        let own = RelayClient.smarthostd(isSigning: false)
        let postfixes: [RelayClient] =
            hasPeers ? [.postfix(isReusing: true), .postfix(isReusing: false)] : []
        let others = postfixes + (hasPeers ? [.msmtp] : [])

        Report.section("Relaying: one account, 10 KB, STARTTLS, verified. fsync on, not signed")
        Report.reading("relay", "PIPELINING, CHUNKING, 8BITMIME, SIZE; greets when the queue is full")
        if !hasPeers {
            Report.reading(
                "Postfix and msmtp are left out", "no tree of Tests/Lab (as root: Tests/Lab/setup)")
        }
        try await compare(own, with: others, mails: 5000, oneByOne: 200, roundTripTime: .zero)
        _ = try await relay(by: .smarthostd(isSigning: true), mails: 5000, roundTripTime: .zero)

        Report.section("Relaying at a distance: the same, and the relay answers after 20 ms of silence")
        try await compare(own, with: others, mails: 1000, oneByOne: 50, roundTripTime: .milliseconds(20))
    }

    /// Our own before and after the others; the ratios are to the mean of both.
    private func compare(
        _ own: RelayClient, with others: [RelayClient], mails: Int, oneByOne: Int, roundTripTime: Duration
    ) async throws(BenchmarkFailure) {
        let before = try await relay(by: own, mails: mails, roundTripTime: roundTripTime)
        var relayed: [Relayed] = []
        for client in others {
            let mails = client.hasQueue ? mails : oneByOne
            relayed.append(try await relay(by: client, mails: mails, roundTripTime: roundTripTime))
        }
        if others.isEmpty { return }
        let mean = before.mean(with: try await relay(by: own, mails: mails, roundTripTime: roundTripTime))
        for other in relayed { other.compare(with: mean) }
    }

    /// Opens the relay when the queue is full and waits for all mails. CPU is read a second after the last one, so
    /// that what a queue does behind it counts too.
    private func relay(
        by client: RelayClient, mails: Int, roundTripTime: Duration
    ) async throws(BenchmarkFailure) -> Relayed {
        let sink = try Sink(on: loop, tls: try relayIdentity(place), roundTripTime: roundTripTime)
        defer { sink.close() }
        let running = try await client.start(place, sink.port, mails: mails, on: loop)
        let start = (
            wall: monotonicNanoseconds(), client: try running.processor(), sink: ownProcessorSeconds()
        )
        sink.open()
        let mayEnd = await sink.wait(for: mails)
        let seconds = Double(monotonicNanoseconds() - start.wall) / 1e9
        let sinkAlone = Double(mails) / (ownProcessorSeconds() - start.sink)
        await Alarm(on: loop).sleep(until: .after(.seconds(1)))
        let used = Result { () throws(BenchmarkFailure) in try running.processor() }
        try await running.end()
        guard mayEnd else {
            throw BenchmarkFailure("\(client.name): only \(sink.messages) of \(mails) mails arrived")
        }
        let processor = try used.get().merging(start.client) { $0 - $1 }
        return Relayed(
            name: client.name, mails: mails, seconds: seconds, processor: processor, sink,
            sinkAlone: sinkAlone)
    }
}

/// What it cost to relay so many mails.
private struct Relayed {
    let name: String
    /// Near by, a client that writes a pipelined group in pieces may get several answers without waiting for them.
    let isDistant: Bool
    /// Mails per second.
    private(set) var rate: Double
    /// CPU of the client, all its processes.
    private(set) var millisecondsEach: Double
    private(set) var roundTripsEach: Double

    /// Prints the readings.
    init(
        name: String, mails: Int, seconds: Double, processor: [String: Double], _ sink: Sink,
        sinkAlone: Double
    ) {
        self.name = name
        isDistant = sink.roundTripTime > .zero
        rate = Double(mails) / seconds
        millisecondsEach = processor.values.reduce(0, +) / Double(mails) * 1000
        roundTripsEach = Double(sink.roundTrips) / Double(mails)
        let parts = processor.filter { $0.value > 0 }.sorted { $0.value > $1.value }
            .map { "\($0.key) \(decimal($0.value / Double(mails) * 1e6, places: 0)) µs" }
        Report.reading(
            name, "\(mails) in \(decimal(seconds, places: 2)) s, \(decimal(rate))/s; load \(Self.load)")
        Report.reading("  CPU for each mail", "\(decimal(millisecondsEach, places: 3)) ms")
        Report.reading("    by program or thread", parts.joined(separator: ", "))
        Report.reading(
            isDistant ? "  round trips for each mail" : "  answers of the relay for each mail",
            decimal(roundTripsEach, places: 2))
        Report.reading(
            "  connections", "\(sink.connections), TLS resumed on \(sink.resumptions), \(sink.protection)")
        Report.reading("  bytes for each mail", "\(sink.bytes / mails)")
        Report.reading("  the relay alone could take", "\(decimal(sinkAlone, places: 0))/s (one thread)")
    }

    func mean(with other: Relayed) -> Relayed {
        var mean = self
        mean.rate = (rate + other.rate) / 2
        mean.millisecondsEach = (millisecondsEach + other.millisecondsEach) / 2
        mean.roundTripsEach = (roundTripsEach + other.roundTripsEach) / 2
        return mean
    }

    func compare(with own: Relayed) {
        Report.ratio("mails/s", own.rate / rate, of: "\(own.name) over \(name)")
        if isDistant {
            Report.ratio("round trips", own.roundTripsEach / roundTripsEach, of: "\(own.name) over \(name)")
        } else {
            Report.ratio(
                "CPU for each mail", own.millisecondsEach / millisecondsEach, of: "\(own.name) over \(name)")
        }
    }

    private static var load: String {
        let text = (try? Files.read("/proc/loadavg", limit: 128)).map { String(decoding: $0, as: UTF8.self) }
        return text?.split(separator: " ").first.map(String.init) ?? "unknown"
    }
}
