// The queue as it lies on the disk, for when no daemon answers. It changes nothing. Throws CommandFailure.
internal import LinuxIO
internal import Spool

struct SpoolFallback {
    let directory: String
    /// Why the daemon was not asked.
    let daemon: String
    let context: ControlContext

    /// How many messages are read at a time.
    private static let page = 500

    func list() async throws -> Int32 {
        try await reading { spool throws(SpoolFailure) in
            var text = ""
            var count = 0
            var last: QueueID?
            while case let page = try await spool.list(limit: Self.page, after: last), !page.isEmpty {
                for message in page { text += QueueReport.entry(message, now: now, Self.format) }
                count += page.count
                last = page.last?.id
            }
            return (count == 0 ? "" : QueueReport.heading) + text + QueueReport.summary(count)
        }
    }

    func show(_ name: String) async throws -> Int32 {
        guard let id = QueueID(name) else { throw Self.noSuchMessage(name) }
        return try await reading { spool throws(SpoolFailure) in
            guard let message = try await spool.message(id) else { throw .noSuchMessage(id) }
            let header = try await spool.header(id)
            return QueueReport.details(message, header: header, now: now, Self.format)
        }
    }

    private func reading(
        _ body: (SQLiteSpoolView) async throws(SpoolFailure) -> String
    ) async throws -> Int32 {
        do throws(SpoolFailure) {
            let spool = try SQLiteSpool.openForReading(directory: directory)
            context.environment.complain("\(daemon); this is what its spool \(directory) holds")
            let text: String
            do throws(SpoolFailure) {
                text = try await body(spool)
            } catch {
                await spool.close()
                throw error
            }
            await spool.close()
            try print(text)
            return ExitCode.success
        } catch {
            if case .noSuchMessage(let id) = error { throw Self.noSuchMessage("\(id)") }
            throw CommandFailure(ExitCode.unavailable, "\(daemon), and \(error)")
        }
    }

    private func print(_ text: String) throws(SpoolFailure) {
        do { try context.environment.write(Array(text.utf8)) } catch { throw .system("\(error)") }
    }

    private static func noSuchMessage(_ name: String) -> CommandFailure {
        CommandFailure(
            ExitCode.data, "there is no message \(name) in the queue; smarthostctl queue lists them")
    }

    private var now: Int64 { context.environment.now() * 1000 }

    private static func format(_ milliseconds: Int64) -> String {
        Host.format(milliseconds / 1000, "%Y-%m-%d %H:%M:%S")
    }
}
