// What an attempt writes into the log: one line for each recipient, and one warning where a message that
// somebody might expect to be signed went out without a signature.
internal import LinuxIO
internal import MailCore
internal import MailLog
internal import SmarthostConfiguration
internal import Spool

extension Courier {
    func report(
        _ message: QueuedMessage, _ results: [RecipientResult], _ account: Account, relay: String? = nil,
        signedBy: String?
    ) {
        let isDelivered = results.contains { $0.failure == nil }
        if isDelivered, signedBy == nil, !keys.isEmpty {
            log(
                LogEvent(
                    .warning, "sent unsigned",
                    [
                        ("id", "\(message.id)"),
                        ("reason", "no dkim section is for the domain of its From field"),
                    ]))
        }
        for result in results {
            log(
                Self.event(
                    message, result, account.name, relay: relay, signedBy, delay: now() - message.arrival))
        }
    }

    /// One recipient's outcome.
    static func event(
        _ message: QueuedMessage, _ result: RecipientResult, _ account: String, relay: String? = nil,
        _ signedBy: String? = nil, delay: Int64? = nil
    ) -> LogEvent {
        let (priority, what): (LogPriority, String) =
            switch result.outcome {
            case .delivered: (.info, "delivered")
            case .deferred: (.warning, "deferred")
            case .failed: (.error, "failed")
            }
        return LogEvent(
            priority, what,
            [
                ("id", "\(message.id)"), ("to", "<\(result.recipient)>"),
                ("from", "<\(message.reversePath)>"),
                ("account", account), ("relay", relay), ("size", "\(message.size)"),
                ("attempt", "\(message.attempts + 1)"), ("delay-ms", delay.map { "\($0)" }),
                ("dkim", signedBy),
                ("phase", result.failure?.phase.rawValue), ("reply", result.reply?.description),
                ("reason", result.failure?.text),
                ("note", result.failure?.mayHaveBeenDelivered == true ? "may have been delivered" : nil),
            ])
    }

    /// The log is a convenience: that it cannot be written does not touch the mail.
    func write(_ line: MsmtpLogLine, to destination: AccountLog, of account: Account) async {
        let seconds = now() / 1000
        do throws(SystemError) {
            try await workers.run { () throws(SystemError) in try line.write(to: destination, at: seconds) }
        } catch {
            log(
                LogEvent(
                    .warning, "logfile not written", [("account", account.name), ("reason", "\(error)")]))
        }
    }
}
