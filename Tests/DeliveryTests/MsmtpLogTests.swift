// msmtp's log line, field by field, and the file that it is appended to.
import SmarthostConfiguration
import TestSupport
import Testing

@testable import Delivery

@Suite struct MsmtpLogTests {
    private static let delivered = MsmtpLogLine(
        host: "smtp.example.org", usesTLS: true, usesAuthentication: true, user: "ann",
        from: "ann@example.org",
        recipients: ["bob@example.net", "carl@example.com"], mailSize: 1_234, replyCode: 250,
        replyText: "250 2.0.0 Ok: queued as 4F2A", errorText: nil, exitCode: "EX_OK")

    @Test func delivered() {
        #expect(
            Self.delivered.text
                == "host=smtp.example.org tls=on auth=on user=ann from=ann@example.org "
                + "recipients=bob@example.net,carl@example.com mailsize=1234 smtpstatus=250 "
                + "smtpmsg='250 2.0.0 Ok: queued as 4F2A' exitcode=EX_OK")
    }

    @Test func failed() {
        var line = Self.delivered
        line.usesTLS = false
        line.usesAuthentication = false
        line.mailSize = nil
        line.replyCode = nil
        line.replyText = nil
        line.errorText = "cannot\r\nconnect\u{1B}[2J"
        line.exitCode = "EX_TEMPFAIL"
        #expect(
            line.text == "host=smtp.example.org tls=off auth=off from=ann@example.org "
                + "recipients=bob@example.net,carl@example.com errormsg='cannot  connect [2J' exitcode=EX_TEMPFAIL"
        )
    }

    @Test func appendedWithTheTime() throws {
        let folder = try TemporaryFolder()
        let text = "account default\nhost a\nlogfile \(folder.file("log"))\nlogfile_time_format %Y\n"
        let log = try #require(try parsedConfiguration(text).defaultAccount?.log)
        for _ in 0..<2 { try Self.delivered.write(to: log, at: 1_800_000_000) }
        let lines = String(decoding: try readFile(folder.file("log")), as: UTF8.self).split(separator: "\n")
        #expect(lines == ["2027 \(Self.delivered.text)", "2027 \(Self.delivered.text)"])
    }

    /// One line for each attempt, and a log that cannot be written harms no mail.
    @Test func ofRealAttempts() async throws {
        let folder = try TemporaryFolder()
        let relay = try ScriptedRelay()
        let accounts =
            "account default\n\(relay.account)logfile \(folder.file("log"))\n"
            + "account other\n\(relay.account)logfile /nonexistent/log\n"
        try await Station.run(accounts) { station in
            relay.behaviour.replies[.endOfData] = "554 5.6.0 malformed"
            let refused = try await station.store()
            _ = await station.scheduler.deliverNow(refused)
            relay.behaviour = ScriptedRelay.Behaviour()
            let unlogged = try await station.store(account: "other")
            #expect(await station.scheduler.deliverNow(unlogged).map(\.failure) == [nil])
            #expect(station.log.contains { $0.hasPrefix("logfile not written: account=other") })
        }
        let lines = String(decoding: try readFile(folder.file("log")), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 1)
        #expect(
            lines[0].contains(
                " host=127.0.0.1 tls=off auth=off from=ann@example.org recipients=bob@example.net "))
        #expect(lines[0].contains(" smtpstatus=554 smtpmsg='554 5.6.0 malformed' errormsg='127.0.0.1:"))
        #expect(lines[0].hasSuffix(" exitcode=EX_UNAVAILABLE"))
    }
}
