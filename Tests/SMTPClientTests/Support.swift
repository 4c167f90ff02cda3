// Runs a test's tasks on a loop of its own, in a thread of its own, and gives the result back.
import LinuxIO
import MailCore
import SMTPClient

func onLoop<Value: Sendable>(
    _ body: @escaping @Sendable (EventLoop) async throws -> Value
) async throws -> Value {
    let loop = try EventLoop()
    let task = loop.spawn { () -> Result<Value, any Error> in
        do { return .success(try await body(loop)) } catch { return .failure(error) }
    }
    let thread = try Thread(named: "loop") { loop.run() }
    let result = await task.value
    loop.stop()
    thread.join()
    return try result.get()
}

extension RelayPool {
    /// Sends a dialogue's message, whatever the relay can take.
    func deliver(_ message: ScriptedDialogue.Message, over route: Route) async -> DeliveryReport {
        await deliver(toRecipients: message.outgoing.envelope.recipients.count, over: route) {
            _ throws(DeliveryFailure) in (message.outgoing, message.pieces())
        }
    }
}
