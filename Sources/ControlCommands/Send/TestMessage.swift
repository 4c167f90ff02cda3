// The mail that `send` sends: small, plain, and prepared by the account's rules as the daemon would.
internal import MailCore
internal import SmarthostConfiguration

struct TestMessage {
    let envelope: Envelope
    let header: MessageHeader
    let body: [UInt8]

    /// `moment` is in seconds since 1970, `token` what no other message of this host has.
    init(
        _ envelope: Envelope, account: Account, host: String, moment: Int64, utcOffset: Int, token: String
    ) {
        self.envelope = envelope
        let domain = account.header.messageIDDomain ?? host
        let date = DateTime(secondsSinceEpoch: Int(moment), offsetSeconds: utcOffset)
        var preparation = Preparation(
            date: date, domain: domain, uniqueToken: token, fullName: account.sender.fullName)
        // A test mail without them would be refused for reasons that no other mail has.
        preparation.setsFrom = .on
        let written = MessageHeader(fields: [
            HeaderField(
                name: "To", value: envelope.recipients.map(\.description).joined(separator: ",\r\n ")),
            HeaderField(name: "Subject", value: "Test mail from smarthost"),
            // RFC 3834 5: nobody's holiday notice answers it.
            HeaderField(name: "Auto-Submitted", value: "auto-generated"),
            HeaderField(name: "MIME-Version", value: "1.0"),
            HeaderField(name: "Content-Type", value: "text/plain; charset=utf-8"),
        ])
        header = preparation.prepared(written, for: envelope)
        body = Array(
            """
            smarthostctl on \(host) sent this mail over the account \(account.name).\r
            If you can read it, the way to you works.\r

            """.utf8)
    }
}
