// The failures of one message or one recipient, found by the relay or by this side before it asks.
internal import MailCore

extension RelayFailures {
    /// RFC 5321 4.2.1: 4yz may succeed later, 5yz will not.
    func messageRefused(_ reply: Reply, _ phase: Phase, sender: ReversePath) -> DeliveryFailure {
        if let failure = configurationRefused(reply) { return failure }
        let object = phase == .mail ? "the sender <\(sender)>" : "the message"
        return DeliveryFailure(
            disposition(of: reply), .message, phase, reply: reply, "\(place) refused \(object): \(reply)")
    }

    /// RFC 5321 4.5.3.1.10: 552 on RCPT is an old server's word for "too many recipients", that is, 452.
    func recipientRefused(_ reply: Reply, _ address: EmailAddress, _ phase: Phase) -> DeliveryFailure {
        if let failure = configurationRefused(reply) { return failure }
        let counted = phase == .recipient && reply.code == 552 ? asTooManyRecipients(reply) : reply
        return DeliveryFailure(
            disposition(of: counted), .recipient, phase, reply: counted,
            "\(place) refused the recipient <\(address)>: \(reply)")
    }

    /// Not offered in this transaction, because the relay wanted no more recipients.
    func recipientNotOffered(_ reply: Reply, _ address: EmailAddress) -> DeliveryFailure {
        DeliveryFailure(
            .transient, .recipient, .recipient, reply: asTooManyRecipients(reply),
            "\(place) takes no more recipients in this transaction, so <\(address)> waits for the next: \(reply)"
        )
    }

    /// Not offered in this transaction, because the relay said in its greeting how many it takes.
    func recipientBeyondLimit(_ address: EmailAddress, limit: String) -> DeliveryFailure {
        DeliveryFailure(
            .transient, .recipient, .recipient, enhanced: EnhancedStatusCode(4, 5, 3),
            "\(place) takes no more recipients in a transaction (\(limit)), so <\(address)> waits for the next"
        )
    }

    func tooLarge(_ size: Int, limit: Int) -> DeliveryFailure {
        DeliveryFailure(
            .permanent, .message, .mail, enhanced: EnhancedStatusCode(5, 3, 4),
            "the message has \(size) bytes, and \(place) takes at most \(limit); send less, or a link to it")
    }

    func needsSMTPUTF8(_ address: String, _ phase: Phase = .mail) -> DeliveryFailure {
        DeliveryFailure(
            .permanent, phase == .mail ? .message : .recipient, phase, enhanced: EnhancedStatusCode(5, 6, 7),
            "the address <\(address)> needs SMTPUTF8, which \(place) does not offer; use an ASCII address")
    }

    /// RFC 8689 4.2.1: such a message goes over TLS with a verified certificate, to a relay that does the
    /// same, or nowhere.
    func requiresTLS(lacking: String) -> DeliveryFailure {
        DeliveryFailure(
            .permanent, .message, .mail, enhanced: EnhancedStatusCode(5, 7, 30),
            "the message asks for REQUIRETLS, and \(place) \(lacking); send it without, or over another relay"
        )
    }

    /// RFC 3463 3.7 has no closer code than 5.6.0: the content is wrong.
    func unsendable(_ stray: StrayByte) -> DeliveryFailure {
        DeliveryFailure(
            .permanent, .message, .content, enhanced: EnhancedStatusCode(5, 6, 0),
            "the message has \(stray.kind.rawValue) at byte \(stray.offset), which no mail may have on the wire; "
                + "it was not sent")
    }

    /// More than any number of honest replies.
    func saysTooMuch(_ phase: Phase) -> DeliveryFailure {
        relay(
            phase, enhanced: EnhancedStatusCode(4, 5, 0),
            "\(place) says far more than it was asked, after \(phase.rawValue); the connection was closed")
    }

    /// Such an address could be read as a command of its own.
    func unsendable(_ address: String, _ phase: Phase) -> DeliveryFailure {
        DeliveryFailure(
            .permanent, phase == .mail ? .message : .recipient, phase,
            enhanced: EnhancedStatusCode(5, 1, phase == .mail ? 7 : 3),
            "the address <\(String(printable: address.utf8))> has characters that no address may have; correct it"
        )
    }

    /// 530 and its kin mean that the account is set up wrongly (RFC 4954 6, RFC 3207 4): no message's
    /// fault, so all of them wait.
    private func configurationRefused(_ reply: Reply) -> DeliveryFailure? {
        let hint: String
        switch reply.code {
        case 530 where route.security == .plain: hint = "set tls on, and auth where the relay asks for it"
        case 530: hint = "set auth on, user and password"
        case 538: hint = "set tls on"
        default: return nil
        }
        return DeliveryFailure(
            .transient, .relay, .authentication, reply: reply, "\(place) wants more first: \(reply); \(hint)")
    }

    private func disposition(of reply: Reply) -> DeliveryFailure.Disposition {
        reply.code / 100 == 5 ? .permanent : .transient
    }

    private func asTooManyRecipients(_ reply: Reply) -> Reply {
        if reply.code == 452 { return reply }
        let detail = reply.enhanced.map { EnhancedStatusCode(4, $0.subject, $0.detail) }
        return Reply(code: 452, enhanced: detail ?? EnhancedStatusCode(4, 5, 3), text: reply.text)
    }
}
