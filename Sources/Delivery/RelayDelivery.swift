// The attempt over a relay: sign, send over a pooled session, translate the report.
internal import MIME
internal import MailCore
internal import SMTPClient
internal import SmarthostConfiguration
internal import Spool

extension Courier {
    func send(
        _ message: QueuedMessage, _ envelope: Envelope, _ account: Account, to relay: Relay
    ) async throws(DeliveryFailure) -> [RecipientResult] {
        let hosts = try Hosts(relay, of: account, connections: configuration.daemon.maximumConnections)
        var signed: SignedMessage?
        let (answer, route) = await pool.deliver(toRecipients: envelope.recipients.count, overAnyOf: hosts) {
            capabilities throws(DeliveryFailure) in
            let copy = try await sign(
                message, to: envelope, by: account.signing,
                within: TransportLimits(allows8Bit: capabilities.has8BitMIME))
            signed = copy
            var outgoing = OutgoingMessage(envelope, size: copy.size, is8Bit: copy.is8Bit)
            outgoing.notification = NotificationRequest(account.notification)
            return (outgoing, copy.content())
        }
        let results = zip(envelope.recipients, answer.outcomes).map { recipient, outcome in
            switch outcome {
            case .delivered(let reply): RecipientResult(recipient, .delivered(reply))
            case .failed(let failure): RecipientResult(recipient, failure)
            }
        }
        // A refused password may have been changed where it comes from: it is had anew next time.
        if results.contains(where: { $0.failure?.phase == .authentication && $0.failure?.reply != nil }) {
            await credentials.forget(account: account.name)
        }
        report(message, results, account, relay: "\(route.endpoint)", seal: signed?.seal)
        await writeMsmtpLog(account, relay, route.endpoint, message, results, size: signed?.size)
        return results
    }

    private func writeMsmtpLog(
        _ account: Account, _ relay: Relay, _ endpoint: Endpoint, _ message: QueuedMessage,
        _ results: [RecipientResult], size: Int?
    ) async {
        guard let destination = account.log else { return }
        let line = MsmtpLogLine(relay, endpoint, from: message.reversePath, results, size: size)
        await write(line, to: destination, of: account)
    }
}

extension MsmtpLogLine {
    fileprivate init(
        _ relay: Relay, _ endpoint: Endpoint, from path: ReversePath, _ results: [RecipientResult], size: Int?
    ) {
        let failure = results.lazy.compactMap(\.failure).first
        let reply = failure == nil ? results.first?.reply : failure?.reply
        let user: String? =
            if case .on(let credentials, _) = relay.authentication { credentials.user } else { nil }
        self.init(
            host: endpoint.name, usesTLS: relay.tls != .off, usesAuthentication: user != nil,
            user: user,
            from: path == .null ? "<>" : path.description, recipients: results.map { "\($0.recipient)" },
            mailSize: size, replyCode: reply?.code, replyText: reply?.description,
            errorText: failure?.text, exitCode: Self.exitCode(of: failure))
    }

    private static func exitCode(of failure: DeliveryFailure?) -> String {
        guard let failure else { return "EX_OK" }
        return failure.disposition == .transient ? "EX_TEMPFAIL" : "EX_UNAVAILABLE"
    }
}

extension Endpoint {
    fileprivate var name: String {
        switch self {
        case .host(let name, _): name
        case .unix(let path): path
        }
    }
}
