// What a relay is asked about one message: whether it can take it at all, whom of the recipients now, and
// the lines of MAIL and RCPT with the parameters that it understands. It throws nothing; it gives failures.
internal import MailCore

/// A message's envelope before a relay with those capabilities.
struct EnvelopeOffer {
    let message: OutgoingMessage
    let capabilities: Capabilities
    let failures: RelayFailures
    /// Whether the session has TLS and the relay proved its name.
    let isVerified: Bool

    // MARK: What cannot be

    /// Why the relay cannot take this message at all; it is not bothered with it.
    var impossibility: DeliveryFailure? {
        let sender = message.envelope.reversePath
        if case .address(let address) = sender, !isSendable(address) {
            return failures.unsendable(address.description, .mail)
        }
        // RFC 1870 6.1
        if let limit = capabilities.sizeLimit, message.size > limit {
            return failures.tooLarge(message.size, limit: limit)
        }
        if message.requiresTLS, !isVerified {
            return failures.requiresTLS(lacking: "is not reached over TLS with a verified certificate")
        }
        if message.requiresTLS, !capabilities.hasRequireTLS {
            return failures.requiresTLS(lacking: "does not offer it")
        }
        if case .address(let address) = sender, !address.isASCII, !capabilities.hasSMTPUTF8 {
            return failures.needsSMTPUTF8(address.description)
        }
        return nil
    }

    /// Why a recipient is not named in this transaction, one entry for each; nil for those who are.
    func recipientFailures() -> [DeliveryFailure?] {
        var named = 0
        var domains: Set<String> = []
        return message.envelope.recipients.map { address in
            if let failure = impossibility(of: address) { return failure }
            let domain = address.domain?.lowercased() ?? ""
            if let limit = reachedLimit(named, domains, domain) {
                return failures.recipientBeyondLimit(address, limit: limit)
            }
            named += 1
            domains.insert(domain)
            return nil
        }
    }

    private func impossibility(of address: EmailAddress) -> DeliveryFailure? {
        if !isSendable(address) { return failures.unsendable(address.description, .recipient) }
        // RFC 6531 3.2: without the extension such a recipient cannot be named.
        return address.isASCII || capabilities.hasSMTPUTF8
            ? nil : failures.needsSMTPUTF8(address.description, .recipient)
    }

    /// RFC 9422 4.2 and 4.3.
    private func reachedLimit(_ named: Int, _ domains: Set<String>, _ domain: String) -> String? {
        if let limit = capabilities.recipientLimit, named >= limit { return "RCPTMAX=\(limit)" }
        if let limit = capabilities.recipientDomainLimit, domains.count >= limit, !domains.contains(domain) {
            return "RCPTDOMAINMAX=\(limit)"
        }
        return nil
    }

    /// Whether the address stays one path of one command: the local part is quoted where it must be, and
    /// the domain is as it came.
    private func isSendable(_ address: EmailAddress) -> Bool {
        let isPrintable = address.description.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        return isPrintable && !(address.domain ?? "").utf8.contains { " <>".utf8.contains($0) }
    }

    // MARK: The commands

    var mail: Command { .mail(message.envelope.reversePath, parameters: mailParameters) }

    func recipient(_ index: Int) -> Command {
        let address = message.envelope.recipients[index]
        return .recipient(address, parameters: notification?.recipientParameters(of: address) ?? [])
    }

    private var mailParameters: [String] {
        var parameters: [String] = []
        if capabilities.offers("SIZE") { parameters.append("SIZE=\(message.size)") }
        if message.is8Bit, capabilities.has8BitMIME { parameters.append("BODY=8BITMIME") }
        if needsSMTPUTF8, capabilities.hasSMTPUTF8 { parameters.append("SMTPUTF8") }
        if message.requiresTLS { parameters.append("REQUIRETLS") }
        return parameters + (notification?.mailParameters ?? [])
    }

    private var notification: NotificationRequest? { capabilities.hasDSN ? message.notification : nil }

    private var needsSMTPUTF8: Bool {
        if case .address(let sender) = message.envelope.reversePath, !sender.isASCII { return true }
        return !message.envelope.recipients.allSatisfy(\.isASCII)
    }
}
