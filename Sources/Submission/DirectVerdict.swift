// `delivery direct`: the relay's own answer as the caller's exit code and text. Exit 75 means what it
// always means here: not delivered yet, but safe in the queue.
internal import MailCore
internal import Spool
internal import SubmissionWire

enum DirectVerdict {
    /// The verdict on a message that was tried at once.
    static func verdict(for id: QueueID, _ outcomes: [RecipientResult]) -> Verdict {
        let failures = outcomes.compactMap(\.failure)
        let queueID = Array("\(id)".utf8)
        if outcomes.isEmpty {
            let text = "in the queue as \(id), but not tried yet; the daemon's log says why"
            return Verdict(.temporaryFailure, Verdict.Status(4, 3, 0), queueID: queueID, text: text.utf8)
        }
        guard let worst = failures.first(where: { $0.disposition == .permanent }) ?? failures.first else {
            return Verdict(.ok, Verdict.Status(2, 0, 0), queueID: queueID, text: delivered(outcomes).utf8)
        }
        return Verdict(
            exitCode(for: worst, of: outcomes.count), Verdict.Status(worst.enhanced), queueID: queueID,
            text: failed(outcomes, id).utf8)
    }

    private static func delivered(_ outcomes: [RecipientResult]) -> String {
        outcomes.compactMap(\.reply).first.map { "delivered: \($0)" } ?? "delivered"
    }

    /// Every recipient that the message did not reach, and why; equal reasons once.
    private static func failed(_ outcomes: [RecipientResult], _ id: QueueID) -> String {
        var reasons: [(text: String, recipients: [String], isQueued: Bool)] = []
        for outcome in outcomes {
            guard let failure = outcome.failure else { continue }
            let recipient = "<\(outcome.recipient)>"
            if let index = reasons.firstIndex(where: { $0.text == failure.text }) {
                reasons[index].recipients.append(recipient)
            } else {
                reasons.append((failure.text, [recipient], failure.disposition == .transient))
            }
        }
        let sentences = reasons.map { reason in
            let names = reason.recipients.prefix(5).joined(separator: ", ")
            let more = reason.recipients.count > 5 ? " and \(reason.recipients.count - 5) more" : ""
            return "\(names)\(more): \(reason.text)" + (reason.isQueued ? " (in the queue as \(id))" : "")
        }
        let reached = outcomes.count - outcomes.compactMap(\.failure).count
        return sentences.joined(separator: "; ") + (reached > 0 ? "; delivered to the other \(reached)" : "")
    }

    /// 67 for the one recipient who does not exist, 65 for a message that is refused for what it is, 77 for
    /// refused credentials or senders, else 69.
    private static func exitCode(for failure: DeliveryFailure, of recipients: Int) -> ExitCode {
        if failure.disposition == .transient { return .temporaryFailure }
        switch (failure.enhanced.subject, failure.enhanced.detail) {
        case (1, 1...3), (1, 6), (1, 10): return recipients == 1 ? .noUser : .unavailable
        case (1, 7...8): return .noPermission
        case (2, 3), (3, 4), (6, _): return .dataError
        case (7, _): return .noPermission
        default: return failure.reply?.code == 552 ? .dataError : .unavailable
        }
    }
}
