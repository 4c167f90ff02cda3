// msmtp's own log line, for those whose tools read it: one for each mail and attempt, where `logfile` is
// set. The fields and their order are msmtp's (msmtp(1), logfile).
public import LinuxIO
public import SmarthostConfiguration

/// What one line of msmtp's log says.
public struct MsmtpLogLine: Sendable {
    public var host: String
    public var usesTLS: Bool
    public var usesAuthentication: Bool
    public var user: String?
    public var from: String
    public var recipients: [String]
    /// Bytes; nil where the message was not sent.
    public var mailSize: Int?
    public var replyCode: Int?
    public var replyText: String?
    public var errorText: String?
    /// The name of sysexits.h, such as `EX_OK`.
    public var exitCode: String

    /// The line without its time stamp.
    public var text: String {
        var parts = [
            "host=\(host)", "tls=\(usesTLS ? "on" : "off")", "auth=\(usesAuthentication ? "on" : "off")",
        ]
        if usesAuthentication, let user { parts.append("user=\(user)") }
        parts.append("from=\(from)")
        parts.append("recipients=\(recipients.joined(separator: ","))")
        if let mailSize { parts.append("mailsize=\(mailSize)") }
        if let replyCode { parts.append("smtpstatus=\(replyCode)") }
        if let replyText { parts.append("smtpmsg='\(Self.oneLine(replyText))'") }
        if let errorText { parts.append("errormsg='\(Self.oneLine(errorText))'") }
        parts.append("exitcode=\(exitCode)")
        return parts.joined(separator: " ")
    }

    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }

    /// Appends the line to the account's log; an error is the log's own and never the mail's. It blocks.
    public func write(to log: AccountLog, at seconds: Int64) throws(SystemError) {
        let line = Array("\(Host.format(seconds, log.timeFormat)) \(text)\n".utf8)
        switch log.destination {
        case .standardOutput: writeToStandardOutput(String(decoding: line, as: UTF8.self))
        case .file(let path): try File(path: path, .append(mode: 0o640)).write(line)
        }
    }
}
