// Where the log goes: the journal with fields where standard error is the journal, else lines with the time
// on standard error. A thread of its own writes, so that a slow reader does not hold up mail.
import LinuxIO
import MailLog
import Systemd

/// The daemon's log.
final class DaemonLog: Sendable {
    private let events = BlockingQueue<LogEvent>()
    private let thread: Thread

    /// Throws what pthread_create refused.
    init() throws(SystemError) {
        let toJournal = Host.standardErrorIsJournal
        thread = try Thread(named: "log") { [events] in
            while let batch = events.take() {
                for event in batch { Self.write(event, toJournal) }
            }
        }
    }

    func write(_ event: LogEvent) { events.add(event) }

    /// Returns when everything is written.
    func close() {
        events.close()
        thread.join()
    }

    private static func write(_ event: LogEvent, _ toJournal: Bool) {
        if toJournal, Journal.send(event.line, priority: event.priority.rawValue, fields: fields(of: event)) {
            return
        }
        let time = Host.format(Host.milliseconds / 1000, "%Y-%m-%dT%H:%M:%S%z")
        writeToStandardError("\(time) \(event.priority) \(event.line)\n")
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
