// What an attempt writes into the log: one line for each recipient, and one warning where a message that
// somebody might expect to be signed went out without a signature. Messages without one are counted.
internal import LinuxIO
internal import MailCore
internal import MailLog
internal import Signing
internal import SmarthostConfiguration
internal import Spool

extension Courier {
    /// `seal` is nil where the attempt ended before the message was asked for.
    func report(
        _ message: QueuedMessage, _ results: [RecipientResult], _ account: Account, relay: String? = nil,
        seal: SignedMessage.Seal?
    ) {
        let isDelivered = results.contains { $0.failure == nil }
        if isDelivered, case .unsigned(let reason) = seal { noteUnsigned(message, reason) }
        for result in results {
            log(
                Self.event(
                    message, result, account.name, relay: relay, seal, delay: now() - message.arrival))
        }
    }

    private func noteUnsigned(_ message: QueuedMessage, _ reason: KeyRing.UnsignedReason) {
        keys.countUnsigned()
        guard case .noKeyForAuthor = reason else { return }
        log(
            LogEvent(
                .warning, "sent unsigned",
                [
                    ("id", "\(message.id)"),
                    ("reason", "no dkim section is for the domain of its From field"),
                ]))
    }

    /// One recipient's outcome.
    static func event(
        _ message: QueuedMessage, _ result: RecipientResult, _ account: String, relay: String? = nil,
        _ seal: SignedMessage.Seal? = nil, delay: Int64? = nil
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
                ("dkim", seal.map(\.description)),
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

extension SignedMessage.Seal: CustomStringConvertible {
    /// The names of the keys' records, or `none`.
    var description: String {
        switch self {
        case .signed(let names): names.joined(separator: ",")
        case .unsigned: "none"
        }
    }
}
