// The command line as the daemon is told it.

extension SubmissionRequest {
    init(_ invocation: Invocation) {
        switch invocation.action {
        case .listQueue: self.init(.mailq)
        case .flushQueue(let what):
            self.init(.flush)
            if !what.isEmpty { arguments = [what] }
        case .submit, .newAliases, .help, .version: self.init(.submit)
        }
        if command == .mailq { arguments = invocation.recipients }
        guard command == .submit else { return }
        recipients = invocation.recipients
        recipientsFromHeader = invocation.recipientsFromHeader
        reversePath = invocation.reversePath
        fullName = invocation.fullName
        notify = invocation.notify
        returnContent = invocation.returnContent
        envelopeID = invocation.envelopeID
        bodyType = invocation.bodyType
        options = invocation.options
        switch invocation.delivery {
        case .queue: deliveryMode = .queue
        case .direct: deliveryMode = .direct
        case nil: break
        }
    }
}
