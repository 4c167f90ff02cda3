// Sixteen programs in one: tasks that each hand in one message after the other, in the framed dialect, on a
// new connection every time, as sendmail does. Throws BenchmarkFailure.
import LinuxIO
import SubmissionWire

/// Touched on the loop's thread only.
final class Submitters: @unchecked Sendable {
    static let parallel = 16
    private let loop: EventLoop
    private let address: SocketAddress
    /// All that goes over one connection.
    private let bytes: [UInt8]
    private var left: Int
    private var failure: BenchmarkFailure?

    init(_ place: Workplace, messages: Int, size: Int, on loop: EventLoop) throws(BenchmarkFailure) {
        guard let address = SocketAddress(path: place.socket) else {
            throw BenchmarkFailure("\(place.socket): the path is too long for a socket")
        }
        self.address = address
        self.loop = loop
        left = messages
        var request = SubmissionRequest(.submit)
        request.recipientsFromHeader = true
        var encoder = MessageEncoder()
        do throws(WireError) {
            bytes = try request.encoded() + encoder.data(sampleMessage(size: size)) + encoder.end()
        } catch {
            throw BenchmarkFailure(error.text)
        }
    }

    /// Returns when the last verdict has come; every one of them has to be "queued".
    func run() async throws(BenchmarkFailure) {
        let tasks = (0..<Self.parallel).map { _ in loop.spawn { await self.work() } }
        for task in tasks { await task.value }
        if let failure { throw failure }
    }

    private func work() async {
        while left > 0, failure == nil {
            left -= 1
            do throws(BenchmarkFailure) { try await submit() } catch { failure = error }
        }
    }

    private func submit() async throws(BenchmarkFailure) {
        do throws(IOFailure) {
            let deadline = Deadline.after(.seconds(60))
            let socket = try await StreamSocket.connect(to: address, on: loop, until: deadline)
            defer { socket.close() }
            try await socket.write(bytes, until: deadline)
            var answer: [UInt8] = []
            while true {
                let piece = try await socket.read(until: deadline)
                if piece.isEmpty { break }
                answer += piece
            }
            var rest = answer[...]
            var decoder = AnswerDecoder()
            guard case .verdict(let verdict)? = try? decoder.next(&rest), verdict.exitCode == .ok else {
                throw IOFailure.closed
            }
        } catch {
            throw BenchmarkFailure("a message was not accepted: \(error); see the daemon's log")
        }
    }
}
