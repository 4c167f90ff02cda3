// Messages per second: into the spool alone, and through the whole way to a relay, where only those count that
// the relay has received completely. Throws BenchmarkFailure.
import LinuxIO

enum Throughput {
    private static let messageSize = 10_240

    /// Submission until the commit is on the disk. The daemon's relay never greets: nothing is delivered.
    static func acceptance(
        _ place: Workplace, _ daemon: DaemonUnderTest, _ loop: EventLoop
    ) async throws(BenchmarkFailure) {
        let count = 8000
        let signatures = try Yardsticks.signaturesOnOneCore()
        let before = try Yardsticks.syncs(in: place.folder)
        let submitters = try Submitters(place, messages: count, size: messageSize, on: loop)
        let start = try daemon.usage()
        try await submitters.run()
        let usage = try daemon.usage() - start
        let syncs = (before + (try Yardsticks.syncs(in: place.folder))) / 2
        let rate = Double(count) / usage.seconds
        Report.reading("accepted", "\(count) in \(decimal(usage.seconds, places: 2)) s, \(decimal(rate))/s")
        Report.reading("10 KB appended and synced, one by one", "\(decimal(syncs))/s")
        usage.report(messages: count)
        Report.ratio(
            "accepted", rate / syncs, of: "messages/s over write-and-fdatasync/s in the spool's folder")
        Report.ratio(
            "CPU of the daemon", Double(count) / usage.daemonSeconds / signatures,
            of: "messages per CPU second over openssl's signatures per CPU second")
    }

    /// Submission, spool, RSA-2048 signature, and SMTP with STARTTLS to the sink.
    static func wholeWay(
        _ place: Workplace, _ daemon: DaemonUnderTest, _ sink: Sink, _ loop: EventLoop
    ) async throws(BenchmarkFailure) {
        let count = 6000
        let perCore = try Yardsticks.signaturesOnOneCore()
        let before = try Yardsticks.signaturesOnAllCores(place.cores)
        let submitters = try Submitters(place, messages: count, size: messageSize, on: loop)
        let start = try daemon.usage()
        try await submitters.run()
        let accepted = try daemon.usage() - start
        guard await sink.wait(for: count) else {
            throw BenchmarkFailure("only \(sink.messages) of \(count) messages arrived; see the daemon's log")
        }
        let usage = try daemon.usage() - start
        let signatures = (before + (try Yardsticks.signaturesOnAllCores(place.cores))) / 2
        try check(sink, place)

        let rate = Double(count) / usage.seconds
        Report.reading("all accepted after", "\(decimal(accepted.seconds, places: 2)) s")
        Report.reading("received", "\(count) in \(decimal(usage.seconds, places: 2)) s, \(decimal(rate))/s")
        Report.reading("openssl's signatures, \(place.cores) cores, wall", "\(decimal(signatures))/s")
        Report.reading("openssl's signatures, one core, CPU time", "\(decimal(perCore))/s")
        usage.report(messages: count)
        Report.reading(
            "submitters and sink alone could do", "\(decimal(Double(count) / usage.peers))/s (one thread)")
        Report.ratio("whole way", rate / signatures, of: "messages/s over signatures/s on the same cores")
        Report.ratio(
            "CPU of the daemon", Double(count) / usage.daemonSeconds / perCore,
            of: "messages per CPU second over openssl's signatures per CPU second")
    }

    private static func check(_ sink: Sink, _ place: Workplace) throws(BenchmarkFailure) {
        guard sink.plainMessages == 0 else { throw BenchmarkFailure("messages came without TLS") }
        let publicKey = try place.read(place.publicKey)
        let valid = sink.samples.count { hasValidSignature($0, publicKeyPEM: publicKey) }
        guard valid == sink.samples.count else {
            throw BenchmarkFailure("only \(valid) of \(sink.samples.count) sampled signatures are valid")
        }
        Report.reading("sampled messages with a valid signature", "\(valid) of \(sink.samples.count)")
        Report.reading("all over TLS, on connections", "\(sink.connections)")
    }
}
