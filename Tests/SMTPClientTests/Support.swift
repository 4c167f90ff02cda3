// Sends a dialogue's message over a pool.
import MailCore
import SMTPClient

extension RelayPool {
    /// Sends a dialogue's message, whatever the relay can take.
    func deliver(_ message: ScriptedDialogue.Message, over route: Route) async -> DeliveryReport {
        await deliver(toRecipients: message.outgoing.envelope.recipients.count, over: route) {
            _ throws(DeliveryFailure) in (message.outgoing, message.pieces())
        }
    }
}
