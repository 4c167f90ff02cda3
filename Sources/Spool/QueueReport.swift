// The queue as people read it: the list that mailq prints, and one message in full. Pure text, made the
// same way by the daemon and by smarthostctl.
internal import MailCore

/// Texts about queued messages.
public enum QueueReport {
    /// How a moment in milliseconds since 1970 is written; given by the program, which knows the time zone.
    public typealias TimeFormat = (Int64) -> String

    /// Two lines and one for each recipient, in the familiar form of mailq.
    public static func entry(_ message: QueuedMessage, now: Int64, _ format: TimeFormat) -> String {
        var lines = [
            columns(
                "\(message.id)", "\(message.size)", format(message.arrival), "<\(message.reversePath)>"),
            "    \(schedule(message, now: now, format))",
        ]
        let waiting = message.recipients.filter { $0.state != .delivered }
        for recipient in waiting.prefix(longestList) { lines.append("    \(line(recipient))") }
        if waiting.count > longestList { lines.append("    and \(waiting.count - longestList) more") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// More recipients of one message than this are counted only.
    private static let longestList = 50

    public static let heading = columns("Queue ID", "Size", "Arrival", "Sender") + "\n"

    /// `3 messages` after a list, or what an empty one is called; `isWhole` where others' messages are listed too.
    public static func summary(_ count: Int, isWhole: Bool = true) -> String {
        if count == 0 {
            return isWhole ? "Mail queue is empty\n" : "No messages of yours are in the mail queue\n"
        }
        return "-- \(count) message\(count == 1 ? "" : "s")\n"
    }

    /// All that is known of one message, its header at the end.
    public static func details(
        _ message: QueuedMessage, header: [UInt8], now: Int64, _ format: TimeFormat
    ) -> String {
        let submitter = message.submitter
        let ids = [("uid", submitter.userID.map { "\($0)" }), ("gid", submitter.groupID.map { "\($0)" })]
            .compactMap { name, value in value.map { "\(name) \($0)" } }.joined(separator: ", ")
        var lines = [
            "Queue ID:   \(message.id)",
            "Arrival:    \(format(message.arrival))",
            "From:       <\(message.reversePath)>",
            "Submitted:  \(submitter.userName ?? "unknown user") (\(ids)) by \(submitter.source)",
            "Account:    \(message.account)",
            "Size:       \(message.size) bytes",
            "Attempts:   \(message.attempts)",
            "Next:       \(schedule(message, now: now, format))",
        ]
        for recipient in message.recipients { lines.append("To:         \(line(recipient))") }
        let text = String(decoding: header, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        return (lines + [""] + text.map { String(printable: $0.utf8) }).joined(separator: "\n") + "\n"
    }

    private static func schedule(_ message: QueuedMessage, now: Int64, _ format: TimeFormat) -> String {
        if message.pending.isEmpty { return "refused; waits for somebody to look and delete it" }
        guard let due = message.due else { return "waits to be flushed" }
        return due <= now ? "is due now" : "next attempt at \(format(due))"
    }

    private static func line(_ recipient: QueuedRecipient) -> String {
        let state =
            switch recipient.state {
            case .pending: ""
            case .delivered: " delivered"
            case .failed: " REFUSED"
            }
        let reason = recipient.lastFailure.map { ": \($0.text)" } ?? ""
        return "<\(recipient.address)>\(state)\(reason)"
    }

    private static func columns(_ id: String, _ size: String, _ arrival: String, _ sender: String) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        return padded(id, 14) + padded(size, 10) + padded(arrival, 21) + sender
    }
}
