// The spool: whether the daemon could use its directory, what waits in it, and who works on it.
internal import LinuxIO
internal import SmarthostConfiguration
internal import Spool

struct SpoolCheck {
    private let directory: String
    private let listeners: [SmarthostConfiguration.Listener]
    private let context: ControlContext
    private let report: CheckReport
    private var place: String { "spool \(directory)" }

    init(_ settings: DaemonSettings, _ context: ControlContext, _ report: CheckReport) {
        directory = settings.spoolDirectory
        listeners = settings.listeners
        self.context = context
        self.report = report
    }

    func run() async {
        let metadata = try? FileMetadata(path: directory)
        if let metadata, metadata.isDirectory, !isOurs(metadata) { return }
        if let problem = PathCheck.problemMakingDirectory(directory, as: context.userName) {
            return report.error(place, problem)
        }
        if metadata == nil {
            return report.good(place, "does not exist yet; the daemon makes it when it starts")
        }
        do throws(SpoolFailure) {
            try await lookInside()
        } catch {
            report.error(place, error.description)
        }
    }

    /// Nobody but the daemon's user may enter it.
    private func isOurs(_ metadata: LinuxIO.FileMetadata) -> Bool {
        let process = context.source.process
        if metadata.userID != process.userID {
            let owner = User(id: metadata.userID)?.name ?? "uid \(metadata.userID)"
            guard process.userID == 0 else {
                report.error(
                    place,
                    "belongs to \(owner); check as that user, or, if the daemon is to run as this one: "
                        + "chown -R \(process.userName ?? "\(process.userID)") \(directory)")
                return false
            }
            report.warning(
                place,
                "belongs to \(owner), and this check ran as root; to see what the daemon sees: "
                    + "runuser -u \(owner) -- smarthostctl check")
        }
        guard metadata.mode & 0o077 == 0 else {
            report.error(
                place, "others may enter it (mode \(String(metadata.mode, radix: 8))): chmod 700 \(directory)"
            )
            return false
        }
        return true
    }

    private func lookInside() async throws(SpoolFailure) {
        do throws(SpoolFailure) {
            let spool = try SQLiteSpool.openForReading(directory: directory)
            let count: Int
            do throws(SpoolFailure) {
                count = try await spool.count()
            } catch {
                await spool.close()
                throw error
            }
            await spool.close()
            report.good(place, "\(count) message\(count == 1 ? "" : "s") in the queue")
        } catch .missing {
            report.good(place, "nothing is in it yet")
        }
        // Where a daemon answers it has the lock; asking for it could keep another one from starting.
        guard await !daemonAnswers() else { return }
        switch try SpoolUse(ofDirectory: directory) {
        case .free: break
        case .inUse(let processID):
            let who = processID.map { "process \($0)" } ?? "another process"
            report.error(
                place, "\(who) works on it but answers on no socket of this configuration; stop it first")
        }
    }

    private func daemonAnswers() async -> Bool {
        for listener in listeners {
            guard let address = SocketAddress(path: listener.path) else { continue }
            let socket = try? await StreamSocket.connect(
                to: address, on: context.loop, until: .after(.seconds(10)))
            if let socket {
                socket.close()
                return true
            }
        }
        return false
    }
}
