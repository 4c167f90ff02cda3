// The attempt where no relay is configured: signed like any other message, into a Maildir on this machine.
internal import MailCore
internal import Maildir
internal import SmarthostConfiguration
internal import Spool

extension Courier {
    func store(
        _ message: QueuedMessage, _ envelope: Envelope, _ account: Account, in path: String
    ) async throws(DeliveryFailure) -> [RecipientResult] {
        let signed = try await sign(message, to: envelope, by: account.signing)
        let maildir = Maildir(path: path, names: maildirs, workers: workers)
        let file = try await maildir.deliver(envelope, content: signed.content())
        let stored = Reply(code: 250, enhanced: EnhancedStatusCode(2, 0, 0), text: "stored as \(file)")
        let results = envelope.recipients.map { RecipientResult($0, .delivered(stored)) }
        report(message, results, account, seal: signed.seal)
        return results
    }
}
