// What submission writes into the log: who handed in what, and why something was not taken.
internal import MailCore
internal import MailLog
internal import Spool
internal import SubmissionWire

extension SubmissionOffice {
    func logAccepted(
        _ id: QueueID, _ message: NewMessage, _ header: MessageHeader, _ caller: Caller,
        _ tally: LineEnds.Tally
    ) {
        let messageID = header.first(named: "Message-ID").map { Self.trimmed($0.value) }
        // PHP's own trace of the script that called mail().
        let script = header.first(named: "X-PHP-Originating-Script").map { Self.trimmed($0.value) }
        // Plain LF is how Unix writes lines; the others tell of a program that writes them wrongly.
        let mended = tally.bareCR + tally.repeatedCR + tally.nul
        log(
            LogEvent(
                .info, "accepted",
                [
                    ("id", "\(id)"), ("from", "<\(message.envelope.reversePath)>"),
                    ("recipients", "\(message.envelope.recipients.count)"), ("account", message.account),
                ] + Self.fields(of: caller) + [
                    ("message-id", messageID), ("php-script", script),
                    ("mended-line-ends", mended > 0 ? "\(mended)" : nil),
                ]))
    }

    func logRefused(_ caller: Caller?, _ verdict: Verdict) {
        let text = String(decoding: verdict.text, as: UTF8.self)
        let code = verdict.exitCode.rawValue
        log(LogEvent(.warning, "refused", Self.fields(of: caller) + [("exit", "\(code)"), ("reason", text)]))
    }

    func logAborted(_ caller: Caller?, _ reason: String) {
        log(LogEvent(.info, "submission aborted", Self.fields(of: caller) + [("reason", reason)]))
    }

    private static func fields(of caller: Caller?) -> [(name: String, value: String?)] {
        guard let caller else { return [] }
        return [
            ("user", caller.userName), ("uid", "\(caller.userID)"), ("gid", "\(caller.groupID)"),
            ("pid", caller.processID == 0 ? nil : "\(caller.processID)"),
        ]
    }

    private static func trimmed(_ value: ArraySlice<UInt8>) -> String {
        let start = value.drop { ASCII.isWhiteSpace($0) || $0 == ASCII.cr || $0 == ASCII.lf }
        return String(printable: start.prefix(250))
    }
}
