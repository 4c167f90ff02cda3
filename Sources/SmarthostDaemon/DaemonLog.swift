// Where the log goes: the journal with fields where standard error is the journal, else lines with the time
// on standard error. A thread of its own writes, so that a slow reader does not hold up mail.
import LinuxIO
import MailLog
import Synchronization
import Systemd

/// The daemon's log.
final class DaemonLog: Sendable {
    private let events = BlockingQueue<LogEvent>(limit: 10_000)
    private let lost = Atomic(0)
    private let thread: Thread

    /// Throws what pthread_create refused.
    init() throws(SystemError) {
        let toJournal = Host.standardErrorIsJournal
        thread = try Thread(named: "log") { [events] in
            while let batch = events.take() { Self.write(batch, toJournal) }
        }
    }

    /// Where nobody reads the log, mail goes on without it; how many lines that cost is said later.
    func write(_ event: LogEvent) {
        guard events.add(event) else {
            lost.add(1, ordering: .relaxed)
            return
        }
        guard lost.load(ordering: .relaxed) > 0 else { return }
        let count = lost.exchange(0, ordering: .relaxed)
        events.add(LogEvent(.warning, "log lines lost: nobody read them", [("lines", "\(count)")]))
    }

    /// Returns when everything is written, or when nobody has read it for a while.
    func close() {
        events.close()
        _ = thread.join(within: 3)
    }

    /// What has gathered goes to standard error in one write.
    private static func write(_ batch: [LogEvent], _ toJournal: Bool) {
        let time = Host.format(Host.milliseconds / 1000, "%Y-%m-%dT%H:%M:%S%z")
        var lines = ""
        for event in batch {
            let line = event.line
            if toJournal, Journal.send(line, priority: event.priority.rawValue, fields: fields(of: event)) {
                continue
            }
            lines += "\(time) \(event.priority) \(line)\n"
        }
        if !lines.isEmpty { writeToStandardError(lines) }
    }

    /// `message-id` becomes `SMARTHOST_MESSAGE_ID`.
    private static func fields(of event: LogEvent) -> [(String, String)] {
        [("SMARTHOST_EVENT", event.what)]
            + event.fields.map { field in
                let name = field.name.uppercased().map { $0 == "-" ? "_" : $0 }
                return ("SMARTHOST_" + String(name), field.value)
            }
    }
}
