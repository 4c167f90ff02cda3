// Asks the daemon on its submission socket, in the framed dialect of docs/wire.md. Throws DaemonFailure.
internal import LinuxIO
internal import SubmissionWire

/// Why there is no answer.
enum DaemonFailure: Error {
    /// Nobody listens on the socket; what the system said.
    case notRunning(String)
    case other(CommandFailure)
}

struct DaemonAnswer {
    var output: [UInt8] = []
    var verdict: Verdict
}

struct DaemonClient {
    let path: String
    let loop: EventLoop

    /// How long the daemon may take to connect, and for each piece of its answer.
    private static let patience: Duration = .seconds(60)

    func ask(_ request: SubmissionRequest) async throws(DaemonFailure) -> DaemonAnswer {
        let socket = try await connect()
        defer { socket.close() }
        let bytes: [UInt8]
        do throws(WireError) {
            bytes = try request.encoded() + MessageEncoder().end()
        } catch {
            throw failure(ExitCode.usage, error.text)
        }
        // A daemon that refuses may close before it has read all; its verdict is there to be read.
        try? await socket.write(bytes, until: .after(Self.patience))
        return try await answer(on: socket)
    }

    private func connect() async throws(DaemonFailure) -> StreamSocket {
        guard let address = SocketAddress(path: path) else {
            throw failure(
                ExitCode.configuration, "the socket's path is empty or longer than 107 bytes; choose another")
        }
        do throws(IOFailure) {
            return try await StreamSocket.connect(to: address, on: loop, until: .after(Self.patience))
        } catch {
            switch error {
            case .system(let error) where error.isNotFound || error.isConnectionRefused:
                throw .notRunning(error.reason)
            case .system(let error) where error.isPermissionDenied:
                throw failure(
                    ExitCode.noPermission,
                    "the daemon's socket may not be used by this user; run this as root, or join the socket's group"
                )
            case .timedOut:
                throw failure(ExitCode.unavailable, "the daemon takes no connection; look at its log")
            default: throw failure(ExitCode.system, "cannot connect: \(error)")
            }
        }
    }

    private func answer(on socket: StreamSocket) async throws(DaemonFailure) -> DaemonAnswer {
        var decoder = AnswerDecoder()
        var output: [UInt8] = []
        while true {
            var input = try await read(socket)[...]
            do throws(WireError) {
                while let event = try decoder.next(&input) {
                    switch event {
                    case .output(let piece): output += piece
                    case .verdict(let verdict): return DaemonAnswer(output: output, verdict: verdict)
                    }
                }
            } catch {
                throw failure(
                    ExitCode.software,
                    "what listens there is not smarthostd: \(error.text); name the right socket")
            }
        }
    }

    private func read(_ socket: StreamSocket) async throws(DaemonFailure) -> [UInt8] {
        do throws(IOFailure) {
            let bytes = try await socket.read(until: .after(Self.patience))
            guard bytes.isEmpty else { return bytes }
        } catch {
            throw failure(ExitCode.unavailable, "the daemon's answer was lost (\(error)); look at its log")
        }
        throw failure(
            ExitCode.unavailable, "the daemon ended the connection without an answer; look at its log")
    }

    private func failure(_ code: Int32, _ text: String) -> DaemonFailure {
        .other(CommandFailure(code, "\(path): \(text)"))
    }
}
